using System.IO.Compression;
using System.Text;
using NUnit.Framework;
using static RawStream.Tests.WebSockets.ClientFrame;

namespace RawStream.Tests.WebSockets;

/// <summary>What a client sends to an echo, and what must come back, in the manner of the Autobahn test suite; its sections are named.</summary>
internal static class ProtocolCases
{
    /// <param name="Sent">All that the client sends.</param>
    /// <param name="Expected">All that comes back, without the close at the end.</param>
    /// <param name="Status">Of that close.</param>
    public sealed record Case(byte[] Sent, IReadOnlyList<ServerFrame> Expected, int Status);

    private static readonly int[] Sizes = [0, 1, 125, 126, 127, 128, 65535, 65536, 1024 * 1024];

    public static IEnumerable<TestCaseData> All =>
    [
        .. Framing(), .. Pings(), .. ReservedBits(), .. Opcodes(), .. Lengths(), .. Fragments(), .. Utf8(), .. Closes(),
    ];

    /// <summary>Where permessage-deflate is agreed on (RFC 7692).</summary>
    public static IEnumerable<TestCaseData> Compressed =>
    [
        Good("12 the hello of RFC 7692 §7.2.3.1", [Deflated("f248cdc9c90700")], Echo("Hello")),
        Good("12 the same, in two fragments (§7.2.3.1)", [Deflated("f248cd", final: false), Of(Continuation, Hex("c9c90700"))], Echo("Hello")),
        Good("12 the same, without compression (§7.2.3.3)", [Deflated("000500faff48656c6c6f00")], Echo("Hello")),
        Good("12 the same, by a final block (§7.2.3.4)", [Deflated("f348cdc9c9070000")], Echo("Hello")),
        Good("12 the same, in two blocks (§7.2.3.5)", [Deflated("f248050000 00ffffcac9c90700")], Echo("Hello")),
        Good("12 an empty message (§7.2.3.6)", [Deflated("00")], Echo("")),
        Good("12 an empty payload", [Deflated("")], Echo("")),
        Good("12 a message that is not compressed", [Text("Hello")], Echo("Hello")),
        Good("12 both kinds, in turn", [Deflated("f248cdc9c90700"), Text("a"), Deflated("f248cdc9c90700")], Echo("Hello"), Echo("a"), Echo("Hello")),
        Good("12 a ping between compressed fragments", [Deflated("f248cd", final: false), Ping("p"), Of(Continuation, Hex("c9c90700"))], PongOf("p"), Echo("Hello")),
        Good("12 an empty last fragment", [Deflated("f248cdc9c90700", final: false), Of(Continuation, [])], Echo("Hello")),
        Bad("12 RSV1 in a continuation", [Deflated("f248cd", final: false), Of(Continuation, Hex("c9c90700"), reserved: 4)], 1002),
        Bad("12 RSV1 in a ping", [Of(PingCode, [], reserved: 4)], 1002),
        Bad("12 RSV1 in a close", [Of(CloseCode, [], reserved: 4)], 1002),
        Bad("12 RSV2 in a compressed message", [Of(TextCode, Hex("f248cdc9c90700"), reserved: 6)], 1002),
        Bad("12 what is not DEFLATE", [Deflated("ffffffffffff")], 1007),
        Bad("12 what is not DEFLATE, in the second fragment", [Deflated("f248cd", final: false), Of(Continuation, Hex("ffffffffffff"))], 1007),
        Bad("12 text that is not UTF-8 when it is inflated", [Of(TextCode, Deflate([0xCE, 0xBA, 0xFF]), reserved: 4)], 1007),
        Bad("12 a bomb", [Of(BinaryCode, Deflate(new byte[8 * 1024 * 1024]), reserved: 4)], 1009),
        .. Sizes.Where(size => size > 0).Select(size => Good($"12 {size} bytes", [Of(BinaryCode, Deflate(Bytes(size)), reserved: 4)], EchoOf(Bytes(size)))),
    ];

    private static IEnumerable<TestCaseData> Framing() => Sizes.SelectMany(size => new[]
    {
        Good($"1.1 text of {size}", [Text(new string('*', size))], Echo(new string('*', size))),
        Good($"1.2 binary of {size}", [Binary(Bytes(size))], EchoOf(Bytes(size))),
    });

    private static IEnumerable<TestCaseData> Pings() =>
    [
        Good("2.1 ping without payload", [Ping()], PongOf("")),
        Good("2.2 ping with payload", [Ping("Hello, world!")], PongOf("Hello, world!")),
        Good("2.3 ping with bytes", [Of(PingCode, [0, 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0, 0xFF])], new ServerFrame(PongCode, "\u0000ÿþýüû\u0000ÿ")),
        Good("2.4 ping of 125", [Ping(new string('p', 125))], PongOf(new string('p', 125))),
        Bad("2.5 ping of 126", [Ping(new string('p', 126))], 1002),
        Good("2.7 pong that nobody asked for", [Pong()]),
        Good("2.8 the same with payload", [Pong("unsolicited")]),
        Good("2.9 pong, then ping", [Pong("unsolicited"), Ping("p")], PongOf("p")),
        Good("2.10 ten pings", [.. Enumerable.Range(0, 10).Select(i => Ping($"p{i}"))], [.. Enumerable.Range(0, 10).Select(i => PongOf($"p{i}"))]),
        Bad("2.x pong of 126", [Pong(new string('p', 126))], 1002),
        Bad("2.x ping that promises 64 bits of length", [Of(PingCode, [], lengthForm: 64, promised: 70_000)], 1002),
    ];

    private static IEnumerable<TestCaseData> ReservedBits()
    {
        for (var reserved = 1; reserved <= 7; reserved++)
        {
            yield return Bad($"3 RSV {reserved} in text", [Text("a"), Of(TextCode, Encoding.ASCII.GetBytes("b"), reserved: reserved), Ping()], 1002, Echo("a"));
            yield return Bad($"3 RSV {reserved} in binary", [Of(BinaryCode, [1], reserved: reserved)], 1002);
            yield return Bad($"3 RSV {reserved} in a ping", [Of(PingCode, [], reserved: reserved)], 1002);
            yield return Bad($"3 RSV {reserved} in a close", [Of(CloseCode, [], reserved: reserved)], 1002);
            yield return Bad($"3 RSV {reserved} in a continuation", [Text("a", final: false), Of(Continuation, [], reserved: reserved)], 1002);
        }
    }

    private static IEnumerable<TestCaseData> Opcodes()
    {
        foreach (var opcode in new[] { 3, 4, 5, 6, 7, 11, 12, 13, 14, 15 })
        {
            yield return Bad($"4 opcode {opcode}", [Of(opcode, [])], 1002);
            yield return Bad($"4 opcode {opcode} after a message, with payload", [Text("a"), Of(opcode, [1, 2, 3]), Ping()], 1002, Echo("a"));
        }
    }

    private static IEnumerable<TestCaseData> Lengths() =>
    [
        Bad("a frame that is not masked (§5.1)", [Of(TextCode, Encoding.ASCII.GetBytes("abc"), masked: false)], 1002),
        Bad("an empty one that is not masked", [Of(TextCode, [], masked: false)], 1002),
        Bad("a ping that is not masked", [Of(PingCode, [], masked: false)], 1002),
        Bad("a close that is not masked", [Of(CloseCode, [], masked: false)], 1002),
        Bad("125 in 16 bits (§5.2)", [Of(BinaryCode, Bytes(125), lengthForm: 16)], 1002),
        Bad("125 in 64 bits", [Of(BinaryCode, Bytes(125), lengthForm: 64)], 1002),
        Bad("65535 in 64 bits", [Of(BinaryCode, [], lengthForm: 64, promised: 65535)], 1002),
        Bad("a length of 64 bits whose first is set", [[0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]], 1002),
        Bad("more than a message may have", [Of(BinaryCode, [], promised: 1024 * 1024 + 1)], 1009),
        Bad("the longest that can be told", [Of(BinaryCode, [], promised: long.MaxValue)], 1009),
        Bad("more than a message may have, in fragments", [Binary(Bytes(1024 * 1024), final: false), Of(Continuation, [1])], 1009),
    ];

    private static IEnumerable<TestCaseData> Fragments() =>
    [
        Bad("5.1 ping in two", [Of(PingCode, [1], final: false), Of(Continuation, [2])], 1002),
        Bad("5.2 pong in two", [Of(PongCode, [1], final: false), Of(Continuation, [2])], 1002),
        Bad("5.x close in two", [Of(CloseCode, [3, 232], final: false)], 1002),
        Good("5.3 text in two", [Text("frag", false), More("ment")], Echo("fragment")),
        Good("5.4 binary in two", [Binary([1], false), Of(Continuation, [2])], EchoOf([1, 2])),
        Good("5.6 ping in between", [Text("frag", false), Ping("p"), More("ment")], PongOf("p"), Echo("fragment")),
        Good("5.7 pong in between", [Text("frag", false), Pong("p"), More("ment")], Echo("fragment")),
        Bad("5.9 continuation of nothing", [More("x"), Text("a")], 1002),
        Bad("5.10 the same, after a message", [Text("a"), More("x")], 1002, Echo("a")),
        Bad("5.12 continuation of nothing that goes on", [More("x", false), Text("a")], 1002),
        Good("5.15a four fragments", [Text("f1", false), More("f2", false), More("f3", false), More("f4")], Echo("f1f2f3f4")),
        Bad("5.15 continuation behind the last fragment", [Text("f1", false), More("f2"), More("f3", false), Text("f4")], 1002, Echo("f1f2")),
        Bad("5.18 text in text", [Text("f1", false), Text("f2")], 1002),
        Bad("5.x binary in text", [Text("f1", false), Binary([1])], 1002),
        Good(
            "5.19 five fragments, and pings in between",
            [Text("f1", false), More("f2", false), Ping("p1"), More("f3", false), More("f4", false), Ping("p2"), More("f5")],
            PongOf("p1"), PongOf("p2"), Echo("f1f2f3f4f5")),
        Good("6.1 three empty fragments", [Text("", false), More("", false), More("")], Echo("")),
        Good("6.1 empty fragments around", [Text("", false), More("middle", false), More("")], Echo("middle")),
        Good("9 a thousand fragments", [Text("a", false), .. Enumerable.Repeat(More("a", false), 998), More("a")], Echo(new string('a', 1000))),
        Good("a close inside a message", [Text("never whole", false)]),
    ];

    private static IEnumerable<TestCaseData> Utf8()
    {
        foreach (var text in new[]
        {
            "κόσμε", "Hello-µ@ßöäüàá-UTF-8!!", "\u0080", "\u07FF", "\u0800", "\uD7FF", "\uE000", "\uFFFD", "\uFFFE", "\uFFFF",
            "😀", "\U00010000", "\U0010FFFF", "\0", "\uFEFFx",
        })
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            yield return Good($"6 valid {Convert.ToHexString(bytes)}", [Text(text)], Echo(text));
            yield return Good(
                $"6 valid {Convert.ToHexString(bytes)}, a fragment for each byte",
                [Of(TextCode, [], final: false), .. bytes.Select(b => Of(Continuation, [b], final: false)), Of(Continuation, [])],
                Echo(text));
        }
        foreach (var hex in new[]
        {
            "80", "bf", "8080", "c0", "c080", "c0af", "c1bf", "c2", "c220", "df", "e0", "e080af", "e09fbf", "e282", "e28228", "eda080", "edadbf",
            "edafbf", "edb080", "edbfbf", "eda080edb080",
            "f0", "f08080af", "f08fbfbf", "f09f98", "f09f9828", "f4908080", "f5", "f5808080", "f888808080", "fc8480808080", "fe", "ff", "fefeffff",
            "cebae1bdb9cf83cebcceb5eda080656469746564", "cebae1bdb9cf83cebcceb5f4908080656469746564",
        })
        {
            yield return Bad($"6 invalid {hex}", [Of(TextCode, Hex(hex))], 1007);
            yield return Bad(
                $"6 invalid {hex}, a fragment for each byte",
                [Of(TextCode, [], final: false), .. Hex(hex).Select(b => Of(Continuation, [b], final: false)), Of(Continuation, [])],
                1007);
        }
        yield return Good("6 what is not UTF-8, as binary", [Binary([0xFF, 0xFE, 0xC0])], EchoOf([0xFF, 0xFE, 0xC0]));
        yield return Bad("6.4.1 fails at once: the frame goes on", [Of(TextCode, Hex("cebae1bdb9cf83cebcceb5f490"), promised: 1000)], 1007);
        yield return Bad("6.4.2 fails at once: the message goes on", [Of(TextCode, Hex("cebae1bdb9f4"), final: false), Of(Continuation, Hex("90"), final: false)], 1007);
        yield return Bad("6.4.3 fails at once: behind a fragment", [Of(TextCode, Hex("cebae1bdb9"), final: false), Of(Continuation, Hex("eda0"), promised: 100)], 1007);
    }

    private static IEnumerable<TestCaseData> Closes()
    {
        yield return Closed("7.1.1 a message, then close", [Text("a"), Close()], 1000, Echo("a"));
        yield return Closed("7.1.2 two closes", [Close(), Close()], 1000);
        yield return Closed("7.1.3 a ping behind the close", [Close(), Ping()], 1000);
        yield return Closed("7.1.4 text behind the close", [Close(), Text("a")], 1000);
        yield return Closed("7.1.5 the rest of a message behind the close", [Text("a", false), Close(), More("b")], 1000);
        yield return Closed("7.3.1 no payload", [Of(CloseCode, [])], 0);
        yield return Bad("7.3.2 one byte", [Of(CloseCode, [3])], 1002);
        yield return Closed("7.3.3 a status", [Close()], 1000);
        yield return Closed("7.3.4 a status and a reason", [Close(1000, "Hello, world!")], 1000);
        yield return Closed("7.3.5 the longest reason", [Close(1000, new string('*', 123))], 1000);
        yield return Bad("7.3.6 a longer one", [Close(1000, new string('*', 124))], 1002);
        yield return Bad("7.5.1 a reason that is not UTF-8", [Of(CloseCode, ClosePayload(1000, Hex("cebae1bdb9cf83cebcceb5eda080656469746564")))], 1007);
        foreach (var status in new[] { 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999 })
            yield return Closed($"7.7 status {status}", [Close(status)], status);
        foreach (var status in new[] { 0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535 })
            yield return Bad($"7.9 status {status}", [Close(status)], 1002);
    }

    /// <summary>Its close comes behind it.</summary>
    private static TestCaseData Good(string name, byte[][] frames, params ServerFrame[] expected) => Closed(name, [.. frames, Close()], 1000, expected);

    private static TestCaseData Bad(string name, byte[][] frames, int status, params ServerFrame[] expected) => Closed(name, frames, status, expected);

    private static TestCaseData Closed(string name, byte[][] frames, int status, params ServerFrame[] expected) =>
        new TestCaseData(new Case([.. frames.SelectMany(frame => frame)], expected, status)).SetArgDisplayNames(name);

    private static ServerFrame Echo(string text) => new(TextCode, Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text)));

    private static ServerFrame EchoOf(byte[] bytes) => new(BinaryCode, Encoding.Latin1.GetString(bytes));

    private static ServerFrame PongOf(string text) => new(PongCode, text);

    private static byte[] Deflated(string hex, bool final = true) => Of(TextCode, Hex(hex), final, reserved: 4);

    private static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static byte[] Bytes(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)(i * 7 + i / 251))];

    public static byte[] Deflate(byte[] bytes)
    {
        var output = new MemoryStream();
        using var deflate = new DeflateStream(output, CompressionLevel.Optimal);
        deflate.Write(bytes);
        deflate.Flush();
        return output.ToArray()[..^4];
    }
}
