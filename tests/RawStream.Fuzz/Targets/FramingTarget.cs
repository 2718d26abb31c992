using System.Numerics;
using System.Text;
using RawStream.Fuzz.Engine;
using RawStream.Fuzz.Peers;
using RawStream.Http1;

namespace RawStream.Fuzz.Targets;

/// <summary>Content-Length and Transfer-Encoding: each accepted message has one framing, and of numbers only those that everybody reads alike.</summary>
internal sealed class FramingTarget : FuzzTarget
{
    public override string Name => "framing";

    /// <summary>The input is field lines as they are.</summary>
    public override int Run(byte[] input)
    {
        byte[] bytes = [.. "POST / HTTP/1.1\r\n"u8, .. input, .. "\r\n\r\n"u8];
        if (Heads.Parse(bytes) is not { } head) return 0;
        var rejection = MessageFraming.Of(head, out var framing);
        var lengths = Values(head, "content-length");
        var codings = Values(head, "transfer-encoding");
        if (rejection != RejectionReason.None) return (int)rejection;
        Check(lengths.Count + codings.Count <= 1, "an accepted message has one framing field at most");
        if (framing.Kind == BodyLength.Chunked) Check(codings is [var coding] && coding.Equals("chunked", StringComparison.OrdinalIgnoreCase), "chunked, and nothing else");
        else Check(codings.Count == 0, "no coding is passed over");
        if (framing.Kind == BodyLength.ContentLength) Check(lengths is [var length] && length.All(char.IsAsciiDigit)
            && BigInteger.Parse(length, null) == framing.Length, "the length is that number");
        else Check(lengths.Count == 0, "no length is passed over");
        return 100 + (int)framing.Kind * 10 + Math.Min(head.Fields.Count, 9);
    }

    private static List<string> Values(RequestHead head, string name)
    {
        var values = new List<string>();
        for (var i = 0; i < head.Fields.Count; i++)
            if (Encoding.Latin1.GetString(head.Fields.Name(i)).Equals(name, StringComparison.OrdinalIgnoreCase))
                values.Add(Encoding.Latin1.GetString(head.Fields.Value(i)));
        return values;
    }
}
