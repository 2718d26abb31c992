namespace RawStream.Load.Trial;

/// <summary>What has to hold at the end of a trial.</summary>
/// <param name="Name">As in the report.</param>
/// <param name="Holds">Whether it does.</param>
/// <param name="Detail">What was seen.</param>
internal sealed record Check(string Name, bool Holds, string Detail)
{
    /// <summary>Nothing has stayed behind of a kind that is counted.</summary>
    public static Check None(string name, long left) => new(name, left == 0, $"{left} left");

    /// <summary>A value is not above an earlier one by more than a share of it and some.</summary>
    public static Check NotAbove(string name, double now, double before, double share, double some, Func<double, string> show) => new(
        name, now <= before * (1 + share) + some, $"{show(before)}, then {show(now)}; allowed {show(before * (1 + share) + some)}");
}
