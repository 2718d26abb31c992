using RawStream.Load.Client;
using RawStream.Load.Compare;
using RawStream.Load.Peers;
using RawStream.Load.Wire;

namespace RawStream.Load.Measures;

/// <summary>Chunks as fast as they come: true frames on the wire, counted by a client that reads each chunk size.</summary>
internal static class ChunkStream
{
    private static readonly int[] Sizes = [64, 1024, 16384];
    private static readonly int[] Connections = [1, 32, 1000];

    // So many writes in a response that it lasts a fifth of a second at this peer's speed: the request does not count then, and
    // what was started is read soon. At first, no more than a slow peer sends in that time.
    private static readonly TimeSpan ResponseTime = TimeSpan.FromMilliseconds(200);
    private const double FirstRate = 100_000;
    private const int MostChunks = 500_000;
    private const int LeastChunks = 16;

    private const int CheckedChunks = 5000;

    private static readonly Figure[] Figures =
        [new("M chunks/s", Better.More), new("server µs/chunk", Better.Less), new("frames/flush"), new("client busy")];

    public static IEnumerable<Case> Cases(Scale scale)
    {
        foreach (var size in Sizes)
        {
            foreach (var connections in Connections) yield return With(size, connections, scale);
            if (scale.CountsSystemCalls) yield return SystemCalls.With(size);
        }
    }

    public static string Title(int size, int connections) => $"stream of {(size < 1024 ? $"{size} B" : $"{size / 1024} KiB")} × {connections}";

    private static Case With(int size, int connections, Scale scale)
    {
        var rates = new Dictionary<string, double>();
        return new Case(Title(size, connections), Figures, Run)
        {
            Check = server => FrameCheck.Run(server.Port, CheckedChunks, size),
            WarmUp = contestant => rates[contestant.Name] = 1e6 * Run(contestant)[0],
        };

        double[] Run(Contestant contestant)
        {
            var chunks = ChunksOfAResponse(rates.GetValueOrDefault(contestant.Name, FirstRate), connections);
            using var client = new ClosedLoop(contestant.Server.Port, connections, Requests.StreamTarget(chunks, size));
            var reaped = client.Run(scale.Time, () => contestant.Server.ProcessorTime);
            var (total, writes) = (client.Total, client.Total.Responses * chunks);
            if (total.Bytes != writes * size) throw new InvalidDataException("A response had another length.");
            var frames = reaped.Harvest.Frames;
            return
            [
                frames / reaped.Time.TotalMicroseconds, reaped.ServerTime.TotalMicroseconds / frames,
                (double)total.Frames / writes, reaped.ClientBusy,
            ];
        }
    }

    private static int ChunksOfAResponse(double rate, int connections) =>
        (int)Math.Clamp(rate * ResponseTime.TotalSeconds / connections, LeastChunks, MostChunks);
}
