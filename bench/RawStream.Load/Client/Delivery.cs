namespace RawStream.Load.Client;

/// <summary>
/// When each subscriber had all events of one publication, counted from the sending of the request: in the order of arrival; and how
/// many of the events there were, and how many in a chunk of their own.
/// </summary>
internal readonly record struct Delivery(TimeSpan[] Arrivals, long Events, long OwnChunks)
{
    public TimeSpan Last => Arrivals[^1];

    /// <summary>The time by which this share of the subscribers was served: the nearest rank.</summary>
    public TimeSpan By(double share) => Arrivals[(int)Math.Ceiling(share * Arrivals.Length) - 1];
}
