using RawStream.Load.Trial;

namespace RawStream.Load.Soak;

/// <summary>What a worker has for one session: the server, the books, its own random numbers, and when to go home.</summary>
internal sealed record Shift(Site Site, Ledger Ledger, Random Random, CancellationToken Stop)
{
    public bool IsOver => Stop.IsCancellationRequested;

    public async Task<Link> OpenAsync(bool isSecure = false, int receiveBuffer = 0)
    {
        var link = await Link.OpenAsync(isSecure ? Site.Secure : Site.Clear, isSecure, receiveBuffer);
        Ledger.AddConnection();
        return link;
    }

    /// <summary>A response has come, and was right.</summary>
    public void Count(Link link) => Ledger.AddResponse(link.Chunks, link.Bytes);

    /// <summary>Returns early when the shift is over.</summary>
    public async Task RestAsync(TimeSpan time)
    {
        try
        {
            await Task.Delay(time, Stop);
        }
        catch (OperationCanceledException)
        {
            // That is what it is for.
        }
    }
}
