using System.Net.Sockets;
using System.Net.WebSockets;
using RawStream.Load.Trial;

namespace RawStream.Load.Soak;

/// <summary>All workers at once, each doing session after session until it is told to stop.</summary>
internal sealed class Crew(Site site, Ledger ledger, int seed)
{
    // Busy, and not saturated: the thread pool of a process whose core is never idle tries more and more threads.
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    /// <summary>Ends when the last session has; they are short.</summary>
    public Task WorkAsync(IEnumerable<Worker> workers, CancellationToken stop) => Task.WhenAll(
        workers.SelectMany(worker => Enumerable.Repeat(worker, worker.Count))
            .Select((worker, number) => Task.Run(() => WorkAsync(worker, new Shift(site, ledger, new Random(seed + number), stop)), CancellationToken.None)));

    private async Task WorkAsync(Worker worker, Shift shift)
    {
        while (!shift.IsOver)
        {
            await RunSessionAsync(worker, shift);
            await shift.RestAsync(shift.Random.NextDouble() * LongestPause);
        }
    }

    private async Task RunSessionAsync(Worker worker, Shift shift)
    {
        try
        {
            await worker.SessionAsync(shift);
            ledger.AddChecked(worker.Name);
        }
        catch (InvalidDataException e)
        {
            ledger.AddBroken($"{worker.Name}: {e.Message}", Example(e));
        }
        catch (Exception e) when (e is IOException or SocketException or WebSocketException or TimeoutException or OperationCanceledException)
        {
            ledger.AddUnexpected($"{worker.Name}: {e.Message}", Example(e));
        }
    }

    /// <summary>Where it was seen: the first lines do.</summary>
    private static string Example(Exception e) => string.Join('\n', e.ToString().Split('\n').Take(8));
}
