namespace RawStream.Transport;

/// <summary>What is to be known of a connection whose transport has taken no more at least once.</summary>
internal sealed class Congestion
{
    public StallClock Stall;
    public QueueAge Age;

    /// <summary>From here on bytes wait.</summary>
    /// <param name="sentTotal">Bytes sent before them.</param>
    /// <param name="unsent">How many.</param>
    public void Begin(long sentTotal, int unsent)
    {
        Stall.Start();
        Age.Block(Environment.TickCount64, sentTotal, sentTotal + unsent);
    }
}
