namespace RawStream.Http1;

/// <summary>Counts what becomes of the responses that are under way while the server stops.</summary>
internal sealed class StopTally
{
    private int _finished;
    private int _ended;
    private int _aborted;
    private int _cut;

    public void Count(StopOutcome outcome)
    {
        switch (outcome)
        {
            case StopOutcome.Finished:
                Interlocked.Increment(ref _finished);
                break;
            case StopOutcome.Ended:
                Interlocked.Increment(ref _ended);
                break;
            case StopOutcome.Aborted:
                Interlocked.Increment(ref _aborted);
                break;
            case StopOutcome.Cut:
                Interlocked.Increment(ref _cut);
                break;
        }
    }

    public StopReport Report(TimeSpan elapsed) =>
        new(Volatile.Read(ref _finished), Volatile.Read(ref _ended), Volatile.Read(ref _aborted), Volatile.Read(ref _cut), elapsed);
}

/// <summary>What became of one of them, so far. The later ones count more.</summary>
internal enum StopOutcome
{
    /// <summary>There was none, or it was counted.</summary>
    None,

    /// <inheritdoc cref="StopReport.Finished"/>
    Finished,

    /// <inheritdoc cref="StopReport.Ended"/>
    Ended,

    /// <inheritdoc cref="StopReport.Aborted"/>
    Aborted,

    /// <inheritdoc cref="StopReport.Cut"/>
    Cut,
}

/// <summary>The one response of a connection: any thread may raise its outcome, and one takes it.</summary>
internal struct StopFate
{
    private int _outcome;

    public void Raise(StopOutcome outcome)
    {
        var before = Volatile.Read(ref _outcome);
        while (before < (int)outcome)
        {
            var seen = Interlocked.CompareExchange(ref _outcome, (int)outcome, before);
            if (seen == before) return;
            before = seen;
        }
    }

    public StopOutcome Take() => (StopOutcome)Interlocked.Exchange(ref _outcome, (int)StopOutcome.None);
}
