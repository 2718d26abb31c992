namespace RawStream.Tests.Wire;

/// <summary>How the bytes of a case reach the server. What it answers must not depend on it.</summary>
public enum Delivery
{
    /// <summary>All at once.</summary>
    Whole,

    /// <summary>One at a time.</summary>
    ByteByByte,

    /// <summary>In two parts, once for every place to cut.</summary>
    EverySplit,
}

/// <summary>Cuts the sends of a case.</summary>
internal static class Cuts
{
    private const int CutEverywhere = 400;
    private const int CutsMax = 400;
    private const int LongRun = 64;
    private const int PieceOfRun = 997;

    /// <summary>The steps of a case, once for each way in which the delivery sends them.</summary>
    public static IEnumerable<IReadOnlyList<WireStep>> Deliver(IReadOnlyList<WireStep> steps, Delivery delivery) => delivery switch
    {
        Delivery.Whole => [steps],
        Delivery.ByteByByte => [[.. steps.SelectMany(step => step is WireStep.Send send ? SendByteByByte(send.Bytes) : [step])]],
        _ => SplitEverySend(steps),
    };

    /// <summary>Where bytes are worth cutting: everywhere, or around CRLFs and at the changes from and to a long run.</summary>
    public static IReadOnlyList<int> Positions(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= CutEverywhere) return [.. Enumerable.Range(1, Math.Max(0, bytes.Length - 1))];
        var positions = StructuralPositions(bytes);
        var stride = (positions.Count + CutsMax - 1) / CutsMax;
        return [.. positions.Where((_, index) => index % stride == 0)];
    }

    private static List<int> StructuralPositions(ReadOnlySpan<byte> bytes)
    {
        var positions = new List<int>();
        for (var at = 1; at < bytes.Length; at++)
        {
            var isStructural = bytes[at] != bytes[at - 1] && (at < 64 || IsNearLineEnd(bytes, at) || IsRunBorder(bytes, at));
            if (isStructural) positions.Add(at);
        }
        return positions;
    }

    private static bool IsNearLineEnd(ReadOnlySpan<byte> bytes, int at) =>
        bytes[Math.Max(0, at - 3)..Math.Min(bytes.Length, at + 2)].IndexOfAny((byte)'\r', (byte)'\n') >= 0;

    private static bool IsRunBorder(ReadOnlySpan<byte> bytes, int at) => WireNotation.RunLength(bytes[at..]) > LongRun;

    /// <summary>Every byte by itself, but of a long run as much at a time as keeps the test short.</summary>
    private static List<WireStep> SendByteByByte(ReadOnlyMemory<byte> bytes)
    {
        var sends = new List<WireStep>();
        while (!bytes.IsEmpty)
        {
            var run = WireNotation.RunLength(bytes.Span);
            var length = run > LongRun ? Math.Min(run, PieceOfRun) : 1;
            sends.Add(new WireStep.Send(bytes[..length]));
            bytes = bytes[length..];
        }
        return sends;
    }

    private static IEnumerable<IReadOnlyList<WireStep>> SplitEverySend(IReadOnlyList<WireStep> steps)
    {
        for (var at = 0; at < steps.Count; at++)
        {
            if (steps[at] is not WireStep.Send send) continue;
            foreach (var position in Positions(send.Bytes.Span))
                yield return [.. steps.Take(at), .. SendInTwo(send.Bytes, position), .. steps.Skip(at + 1)];
        }
    }

    private static WireStep[] SendInTwo(ReadOnlyMemory<byte> bytes, int position) =>
        [new WireStep.Send(bytes[..position]), new WireStep.Send(bytes[position..])];
}
