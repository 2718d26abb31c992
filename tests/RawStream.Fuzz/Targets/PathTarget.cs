using System.Text;
using RawStream.Fuzz.Engine;
using RawStream.Http1;

namespace RawStream.Fuzz.Targets;

/// <summary>Request-targets and percent-encoding: never an exception, nothing but the bytes that were sent, and what is encoded comes back.</summary>
internal sealed class PathTarget : FuzzTarget
{
    public override string Name => "path";

    public override int Run(byte[] input)
    {
        var text = PercentEncoding.Decode(Encoding.ASCII.GetBytes(Uri.EscapeDataString(Encoding.Latin1.GetString(input))));
        Check(text == Encoding.Latin1.GetString(input), "what is encoded comes back");
        Check(PercentEncoding.Decode(input).Length <= input.Length, "decoding does not make it longer");
        _ = PercentEncoding.Decode(input, plusIsSpace: true);

        var space = Array.IndexOf(input, (byte)' ');
        var target = space < 0 ? input : input[..space];
        if (target.Length == 0) return 0;
        var outcome = 0;
        foreach (var method in (ReadOnlySpan<string>)["GET", "OPTIONS", "CONNECT"])
        {
            var head = new RequestHead();
            var rejection = RequestTarget.Read(Encoding.ASCII.GetBytes(method), target, 0, head);
            outcome = outcome * 50 + (int)rejection;
            if (rejection != RejectionReason.None) continue;
            head.Fields.Keep(target);
            Check(head.PathStart + head.PathLength <= target.Length && head.QueryStart + head.QueryLength <= target.Length, "path and query lie within");
            Check(head.AuthorityStart + head.AuthorityLength <= target.Length, "so does the authority");
            Check(!head.Path.ContainsAnyExceptInRange((byte)0x21, (byte)0x7e) && !head.Path.IndexOf("%00"u8).Equals(0), "a path is printable");
            outcome += head.Path.Count((byte)'/') * 7 + head.QueryLength % 3 + head.AuthorityLength % 5;
        }
        return outcome;
    }
}
