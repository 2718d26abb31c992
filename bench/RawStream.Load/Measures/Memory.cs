using RawStream.Load.Client;
using RawStream.Load.Compare;
using RawStream.Load.Peers;

namespace RawStream.Load.Measures;

/// <summary>
/// The memory that an open stream takes: by how much the server's resident set grows, in a server of its own for each run, since a
/// heap that has been large stays so.
/// </summary>
internal static class Memory
{
    // Enough of them that the code is compiled, few at once so that the heap stays small.
    private const int WarmUpRounds = 10;
    private const int WarmUpStreams = 100;

    private static readonly TimeSpan WarmUpRest = TimeSpan.FromSeconds(1);

    private static readonly Figure[] Figures = [new("RSS bytes/stream", Better.Less), new("server before, MB")];

    public static IEnumerable<Case> OfTicks(Scale scale) =>
    [
        With($"memory of a ticking stream, {scale.Many} of them, every second", scale,
            server =>
            {
                using var streams = new StreamSet(server.Port, "/tick?ms=20");
                streams.Connect(WarmUpStreams);
                streams.ReadFor(TimeSpan.FromMilliseconds(100));
            },
            server =>
            {
                using var streams = new StreamSet(server.Port, "/tick?ms=1000");
                streams.Connect(scale.Many);
                streams.ReadFor(scale.Rest + TimeSpan.FromSeconds(1)); // Each has ticked.
                return server.ResidentBytes;
            }),
    ];

    public static IEnumerable<Case> OfEvents(Scale scale) =>
    [
        With($"memory of an idle subscriber, {scale.Many} of them", scale,
            server => Room.Enter(server, WarmUpStreams, slow: 0, room => room.Deliver(1, 64)),
            server => Room.Enter(server, scale.Many, slow: 0, room =>
            {
                room.Rest(scale.Rest);
                return server.ResidentBytes;
            })),
    ];

    private static Case With(string title, Scale scale, Action<ServerProcess> warmUp, Func<ServerProcess, long> open) => new(title, Figures, contestant =>
    {
        using var server = ServerProcess.Start(contestant.Peer);
        for (var round = 0; round < WarmUpRounds; round++) warmUp(server);
        Task.Delay(WarmUpRest).Wait();
        var before = server.ResidentBytes;
        return [(double)(open(server) - before) / scale.Many, before / 1e6];
    })
    {
        MaxRuns = 3, // They hardly differ.
    };
}
