using System.Diagnostics;
using RawStream.Load.Client;
using RawStream.Load.Compare;
using RawStream.Load.Peers;
using RawStream.Load.Wire;

namespace RawStream.Load.Measures;

/// <summary>Chunks over TLS as fast as they come, and the memory of a stream that stays open.</summary>
internal static class Tls
{
    private const int Connections = 8;

    // Of a response: so many that asking does not count, and so few that a server that goes on writing when its client has left (Kestrel does) has soon done.
    private const int Bytes = 64 * 1024 * 1024;
    private const int WarmUpStreams = 200;

    // From one tick to the next, longer than the measure: what is idle is looked at.
    private const string Idle = "/tick?ms=3600000";

    private static readonly int[] Sizes = [64, 16384];
    private static readonly Figure[] ChunkFigures = [new("M chunks/s", Better.More), new("server µs/chunk", Better.Less)];
    private static readonly Figure[] MemoryFigures = [new("RSS bytes/stream", Better.Less), new("server before, MB")];

    public static IEnumerable<Case> Cases(Scale scale) =>
    [
        .. Sizes.Select(size => new Case($"TLS stream of {(size < 1024 ? $"{size} B" : $"{size / 1024} KiB")} × {Connections}", ChunkFigures, contestant => Stream(contestant, size, scale))
        {
            WarmUp = contestant => Stream(contestant, size, scale)[0],
        }),
        new Case($"memory of an idle TLS stream, {scale.Many} of them", MemoryFigures, contestant => Memory(contestant.Peer, scale)) { MaxRuns = 3 },
    ];

    private static double[] Stream(Contestant contestant, int size, Scale scale)
    {
        using var streams = new TlsStreams(contestant.Server.Port, Requests.StreamTarget(Bytes / size, size));
        streams.Connect(Connections);
        var (start, frames, serverTime) = (Stopwatch.GetTimestamp(), streams.Frames, new ServerTime(contestant.Server));
        Task.Delay(scale.Time).Wait();
        frames = streams.Frames - frames;
        return [frames / Stopwatch.GetElapsedTime(start).TotalMicroseconds, serverTime.MicrosecondsEach(frames)];
    }

    /// <summary>A server of its own: its memory is looked at.</summary>
    private static double[] Memory(Peer peer, Scale scale)
    {
        using var server = ServerProcess.Start(peer);
        Open(server, WarmUpStreams, scale);
        var before = server.ResidentBytes;
        return [(double)(Open(server, scale.Many, scale) - before) / scale.Many, before / 1e6];
    }

    private static long Open(ServerProcess server, int count, Scale scale)
    {
        using var streams = new TlsStreams(server.Port, Idle);
        streams.Connect(count);
        Task.Delay(scale.Rest).Wait();
        return server.ResidentBytes;
    }
}
