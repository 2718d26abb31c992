using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using RawStream.Fuzz.Engine;
using RawStream.Fuzz.Peers;

namespace RawStream.Fuzz.Targets;

/// <summary>
/// A WebSocket that echoes: the server sends nothing but whole, valid, unmasked frames, the close last; the same whatever pieces the client's bytes come in; and messages that
/// are well-formed come back, in whatever
/// frames.
/// </summary>
internal class WebSocketTarget : FuzzTarget
{
    private const int MessageMax = 3000;
    private const string Upgrade = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private readonly Harness _harness;

    public WebSocketTarget() => _harness = new Harness(server => server.Map("GET /", _ => Response.WebSocket(
        async socket =>
        {
            await foreach (var message in socket.ReadAllAsync()) await socket.SendAsync(message);
        },
        new WebSocketOptions { MaxMessageSize = MessageMax, Compression = Compression })));

    public override string Name => "websocket";

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        .. Dictionary.Of(
            "\x81\x80\0\0\0\0", "\x82\x80\0\0\0\0", "\x01\x81\0\0\0\0a", "\x80\x81\0\0\0\0b", "\x00\x81\0\0\0\0c", "\x88\x82\0\0\0\0\x03\xe8", "\x88\x80\0\0\0\0",
            "\x89\x80\0\0\0\0", "\x8a\x80\0\0\0\0", "\x89\xfe\0\x7e\0\0\0\0",
            "\xc1\x83\0\0\0\0\x4a\x04\0", "\xc1\x80\0\0\0\0", "\x81\x05hello", "\x81\xfe\0\x05\0\0\0\0", "\x82\xff\0\0\0\0\0\x01\0\0\0\0\0\0",
            "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", "\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0",
            "\x83\x80\0\0\0\0", "\xb1\x80\0\0\0\0", "\x81\x82\0\0\0\0\xc3\xa9", "\x81\x81\0\0\0\0\xc3", "\x01\x81\0\0\0\0\xc3", "\x80\x81\0\0\0\0\xa9",
            "\x81\x83\0\0\0\0\xed\xa0\x80", "\0", "\xff", "\x7f"),
    ];

    protected virtual WebSocketCompression Compression => WebSocketCompression.Off;

    protected virtual string Extensions => "";

    public override int Run(byte[] input)
    {
        var choices = ChoicesFor(input);
        var whole = Send(input, null);
        var pieces = Send(input, choices);
        var isSame = (whole.Closed == pieces.Closed || (IsMistake(whole.Closed) && IsMistake(pieces.Closed))) && Data(whole.Messages).SequenceEqual(Data(pieces.Messages))
            && whole.Messages.Order().SequenceEqual(pieces.Messages.Order());
        Check(isSame, $"in pieces another answer: {string.Join(';', whole.Messages)} and {string.Join(';', pieces.Messages)}");
        Messages(input, choices);
        return System.HashCode.Combine(whole.Closed, Math.Min(whole.Messages.Count, 6), whole.Messages.Count > 0 ? whole.Messages[^1].Length % 16 : 0);
    }

    /// <summary>Of several mistakes the one that is seen first counts: what is malformed, what is not UTF-8, what is too large.</summary>
    private static bool IsMistake(int status) => status is 1002 or 1007 or 1009;

    /// <summary>The input as the content of messages.</summary>
    private void Messages(byte[] input, Random choices)
    {
        var frames = new MemoryStream();
        var expected = new List<string>();
        for (var count = choices.Next(1, 4); count > 0; count--)
        {
            var message = input.AsSpan(choices.Next(input.Length + 1));
            if (message.Length > MessageMax) message = message[..MessageMax];
            var isText = Utf8.IsValid(message) && choices.Next(2) == 0;
            expected.Add((isText ? "1 " : "2 ") + Notation.Show(message));
            WriteMessage(frames, message, isText, choices);
        }
        WriteFrame(frames, 0x88, [0x03, 0xe8], choices);
        var answer = Send(frames.ToArray(), choices);
        Check(answer.Closed == 1000, $"a close is answered, not {answer.Closed}");
        Check(Data(answer.Messages).SequenceEqual(expected), "messages come back");
    }

    /// <summary>Without pongs, which stand where they can.</summary>
    private static IEnumerable<string> Data(IEnumerable<string> messages) => messages.Where(message => !message.StartsWith("10", StringComparison.Ordinal));

    private void WriteMessage(MemoryStream frames, ReadOnlySpan<byte> message, bool isText, Random choices)
    {
        var opcode = isText ? 1 : 2;
        var content = Encode(message, choices, out var isCoded);
        if (isCoded) opcode |= 0x40;
        do
        {
            if (choices.Next(4) == 0) WriteFrame(frames, 0x89, "ping"u8, choices);
            var length = choices.Next(2) == 0 ? content.Length : choices.Next(content.Length + 1);
            WriteFrame(frames, (byte)(opcode | (length == content.Length ? 0x80 : 0)), content[..length], choices);
            if (length == content.Length) return;
            content = content[length..];
            opcode = 0;
        }
        while (true);
    }

    /// <summary>The payload that stands for a message.</summary>
    protected virtual ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> message, Random choices, out bool isCoded)
    {
        isCoded = false;
        return message;
    }

    /// <summary>The message that a coded payload stands for.</summary>
    protected virtual byte[] Decode(byte[] payload) => throw new FuzzFinding("A frame has RSV1 set, and nothing was agreed on.");

    private static void WriteFrame(MemoryStream frames, byte first, ReadOnlySpan<byte> payload, Random choices)
    {
        frames.WriteByte(first);
        Span<byte> number = stackalloc byte[8];
        if (payload.Length < 126)
        {
            frames.WriteByte((byte)(0x80 | payload.Length));
        }
        else
        {
            frames.WriteByte(0x80 | 126);
            BinaryPrimitives.WriteUInt16BigEndian(number, (ushort)payload.Length);
            frames.Write(number[..2]);
        }
        Span<byte> mask = stackalloc byte[4];
        choices.NextBytes(mask);
        frames.Write(mask);
        for (var i = 0; i < payload.Length; i++) frames.WriteByte((byte)(payload[i] ^ mask[i % 4]));
    }

    /// <summary>What the server sends after its 101: each message and pong as text, and the status of its close, 0 where it sends none.</summary>
    private (List<string> Messages, int Closed) Send(ReadOnlySpan<byte> frames, Random? choices)
    {
        byte[] request = [.. Encoding.ASCII.GetBytes($"{Upgrade}{Extensions}\r\n"), .. frames];
        var reader = new ResponseReader(_harness.Exchange(request, choices).Span);
        var head = reader.Read(isHead: false);
        Check(head.Status == 101, $"the upgrade is answered by {head.Status}");
        var rest = reader.Rest;
        var messages = new List<string>();
        var message = new List<byte>();
        var (opcode, isCoded) = (0, false);
        while (!rest.IsEmpty)
        {
            Check(rest.Length >= 2 && (rest[1] & 0x80) == 0 && (rest[0] & 0x30) == 0, "a frame of a server");
            var (isFinal, code) = ((rest[0] & 0x80) != 0, rest[0] & 0xf);
            int length = rest[1];
            var size = 2;
            if (length == 126) (length, size) = (BinaryPrimitives.ReadUInt16BigEndian(rest[2..]), 4);
            Check((size == 2 ? length != 127 : length > 125) && rest.Length >= size + length, "a whole frame, with the shortest length");
            var payload = rest.Slice(size, length);
            if (code == 8)
            {
                Check(rest.Length == size + length, "nothing follows a close");
                Check(length != 1 && length <= 125 && (length == 0 || Utf8.IsValid(payload[2..])), "a close has a status and a reason");
                return (messages, length == 0 ? 1005 : BinaryPrimitives.ReadUInt16BigEndian(payload));
            }
            if (code >= 8)
            {
                Check(code == 10 && isFinal && length <= 125, "the server pings nobody here");
                messages.Add("10 " + Notation.Show(payload));
            }
            else
            {
                Check(code is 1 or 2 == (message.Count == 0 && opcode == 0), "a message begins once");
                if (code != 0) (opcode, isCoded) = (code, (rest[0] & 0x40) != 0);
                message.AddRange(payload);
                if (isFinal)
                {
                    var content = isCoded ? Decode([.. message]) : [.. message];
                    Check(opcode != 1 || Utf8.IsValid(content), "text is UTF-8");
                    messages.Add($"{opcode} {Notation.Show(content)}");
                    message.Clear();
                    opcode = 0;
                }
            }
            rest = rest[(size + length)..];
        }
        Check(opcode == 0, "a message ends");
        return (messages, 0);
    }
}
