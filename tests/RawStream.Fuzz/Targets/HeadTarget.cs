using System.Buffers;
using RawStream.Fuzz.Engine;
using RawStream.Http1;

namespace RawStream.Fuzz.Targets;

/// <summary>The parser of request heads: it comes to the same end wherever the bytes are split, and all that it finds lies within them.</summary>
internal sealed class HeadTarget : FuzzTarget
{
    private static readonly HttpLimits Limits = new() { RequestLineBytes = 200, HeaderBytes = 400, HeaderFields = 10 };

    public override string Name => "head";

    public override int Run(byte[] input)
    {
        var head = new RequestHead();
        var parser = new RequestHeadParser(Limits);
        var status = parser.Parse(input, head, out var length, out var rejection);
        Check(status != OperationStatus.DestinationTooSmall, "a status that means nothing");
        Check(status == OperationStatus.InvalidData == (rejection != RejectionReason.None), "a refusal has its reason, and nothing else has one");
        if (status == OperationStatus.Done) CheckFound(input, head, length);
        if (status == OperationStatus.NeedMoreData) Check(input.Length <= Limits.RequestLineBytes + Limits.HeaderBytes + 16, "no more than the limits is ever waited for");

        var choices = ChoicesFor(input);
        var again = new RequestHead();
        var slowly = new RequestHeadParser(Limits);
        var end = OperationStatus.NeedMoreData;
        var (endLength, endRejection) = (0, RejectionReason.None);
        for (var at = 0; end == OperationStatus.NeedMoreData && at < input.Length;)
        {
            at = Math.Min(at + choices.Next(1, 9), input.Length);
            end = slowly.Parse(input.AsSpan(0, at), again, out endLength, out endRejection);
        }
        Check(end == status && endLength == length && endRejection == rejection, $"{status} {rejection} {length}, but in pieces {end} {endRejection} {endLength}");
        if (status == OperationStatus.Done)
        {
            Check(head.Fields.SequenceEqual(again.Fields) && head.Method.SequenceEqual(again.Method) && head.Path.SequenceEqual(again.Path)
                && head.Query.SequenceEqual(again.Query), "in pieces another head");
            return System.HashCode.Combine(head.Fields.Count, head.IsHttp10, head.QueryLength > 0, head.AuthorityLength > 0, length % 4);
        }
        return (int)status * 1000 + (int)rejection;
    }

    private static void CheckFound(byte[] input, RequestHead head, int length)
    {
        Check(length <= input.Length && input.AsSpan(0, length).EndsWith("\r\n\r\n"u8), "a head ends with an empty line");
        Check(!head.Method.IsEmpty && !head.Method.ContainsAnyExcept(Grammar.TokenBytes), "a method is a token");
        Check(!head.Target.ContainsAnyInRange((byte)0, (byte)' '), "a target has no blanks or control characters");
        Check(head.Path[0] is (byte)'/' or (byte)'*' && !head.Path.Contains((byte)'?'), "a path begins with a slash");
        Check(head.Target.IndexOf(head.Query) >= 0 && (head.PathLength == 0 || head.Target.IndexOf(head.Path) >= 0), "path and query are parts of the target");
        for (var i = 0; i < head.Fields.Count; i++)
        {
            Check(!head.Fields.Name(i).IsEmpty && !head.Fields.Name(i).ContainsAnyExcept(Grammar.TokenBytes), "a name is a token");
            Check(!head.Fields.Value(i).ContainsAny(Grammar.ControlBytes), "a value has no control characters");
            Check(Grammar.TrimOws(head.Fields.Value(i)).Length == head.Fields.Value(i).Length, "a value is trimmed");
        }
    }
}
