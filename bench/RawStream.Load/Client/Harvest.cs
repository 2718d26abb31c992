namespace RawStream.Load.Client;

/// <summary>What has come.</summary>
internal readonly record struct Harvest(long Responses, long Frames, long Bytes)
{
    public static Harvest operator +(Harvest one, Harvest other) =>
        new(one.Responses + other.Responses, one.Frames + other.Frames, one.Bytes + other.Bytes);

    public static Harvest operator -(Harvest one, Harvest other) =>
        new(one.Responses - other.Responses, one.Frames - other.Frames, one.Bytes - other.Bytes);
}

/// <summary>
/// What came in a time, for how long of it the server used its processor, and for which share of it the client did: near 1, the
/// client is what was measured.
/// </summary>
internal readonly record struct Reaped(Harvest Harvest, TimeSpan Time, TimeSpan ServerTime, double ClientBusy);
