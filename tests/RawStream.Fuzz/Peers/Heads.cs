using System.Buffers;
using System.Text;
using RawStream.Http1;

namespace RawStream.Fuzz.Peers;

/// <summary>Request heads with the field lines that are tried.</summary>
internal static class Heads
{
    private static readonly HttpLimits Limits = new() { HeaderBytes = 65536, HeaderFields = 10_000, RequestLineBytes = 16_384 };

    /// <summary>The head with these field lines, each ended by LF in the input; null where it is none.</summary>
    public static RequestHead? WithLines(string name, ReadOnlySpan<byte> input, string requestLine = "GET / HTTP/1.1")
    {
        var bytes = new MemoryStream();
        bytes.Write(Encoding.Latin1.GetBytes(requestLine + "\r\nHost: h\r\n"));
        foreach (var range in input.Split((byte)'\n'))
        {
            bytes.Write(Encoding.Latin1.GetBytes(name));
            bytes.Write(": "u8);
            bytes.Write(input[range]);
            bytes.Write("\r\n"u8);
        }
        bytes.Write("\r\n"u8);
        return Parse(bytes.ToArray());
    }

    public static RequestHead? Parse(ReadOnlySpan<byte> bytes)
    {
        var head = new RequestHead();
        var parser = new RequestHeadParser(Limits);
        return parser.Parse(bytes, head, out _, out _) == OperationStatus.Done ? head : null;
    }
}
