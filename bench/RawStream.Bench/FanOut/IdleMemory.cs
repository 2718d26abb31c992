using RawStream.Bench.Quick;

namespace RawStream.Bench.FanOut;

/// <summary>
/// The memory that an idle subscriber takes: by how much the server's resident set grows, in a server of its own for each run,
/// since a heap that has been large stays so.
/// </summary>
internal static class IdleMemory
{
    public const string Name = "memory";

    // Enough of them that the code is compiled, few at once so that the heap stays small.
    private const int WarmUpRounds = 10;
    private const int WarmUpSubscribers = 100;

    private static readonly TimeSpan WarmUpRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    public static FanOutMeasure With(int subscribers) => new(
        Name,
        [new Figure($"idle × {subscribers}, RSS bytes each", Enumerable.Min)],
        server => Measure(server.Peer, subscribers))
    {
        NeedsWarmUp = false,
        MaxRuns = 3, // They hardly differ.
    };

    private static Sample Measure(string peer, int subscribers)
    {
        using var server = ServerProcess.Start(peer);
        for (var round = 0; round < WarmUpRounds; round++)
            Room.Enter(server, WarmUpSubscribers, slow: 0, room => room.Deliver(1, 64));
        Task.Delay(WarmUpRest).Wait();

        var before = server.ResidentBytes;
        var after = Room.Enter(server, subscribers, slow: 0, room =>
        {
            room.Rest(Rest);
            return server.ResidentBytes;
        });
        return new Sample([(double)(after - before) / subscribers]);
    }
}
