using RawStream.Bench.Peers;
using RawStream.Bench.Quick;

namespace RawStream.Bench.FanOut;

/// <summary>The command line of the fan-out bench.</summary>
internal sealed record FanOutOptions(string[] Only, string[] Peers, int[] Subscribers, int Runs)
{
    public const string Usage = """
        fanout [--only burst,single,memory,slow]
               [--peers rawstream,kestrel]   kestrel stands for kestrel-event, kestrel-drain, kestrel-framed
               [--subscribers 1000,10000]    memory is measured with the most of them
               [--runs 5]
        """;

    /// <exception cref="ArgumentException">The command line is wrong; the message says how.</exception>
    public static FanOutOptions Parse(string[] args)
    {
        var arguments = new Arguments(Usage);
        var options = new FanOutOptions([], Expand(["rawstream", "kestrel"]), [1000, 10_000], 5);
        foreach (var (option, value) in arguments.Pairs(args))
        {
            options = option switch
            {
                "--only" => options with { Only = arguments.Names(value, FanOutMeasure.Names) },
                "--peers" => options with { Peers = Expand(arguments.Names(value, [.. Peer.FanOutNames, "kestrel"])) },
                "--subscribers" => options with { Subscribers = arguments.Numbers(value) },
                "--runs" => options with { Runs = arguments.Number(value) },
                _ => throw arguments.Wrong($"There is no option {option}."),
            };
        }
        return options;
    }

    /// <summary>"kestrel" stands for its forms.</summary>
    private static string[] Expand(string[] peers) => [.. peers
        .SelectMany(peer => peer == "kestrel" ? [Peer.KestrelEvent, Peer.KestrelDrain, Peer.KestrelFramed] : new[] { peer })
        .Distinct()];
}
