using RawStream.Bench.Peers;

namespace RawStream.Bench.Quick;

/// <summary>The command line of the quick bench.</summary>
internal sealed record QuickOptions(string[] Only, string[] Peers, int Runs, TimeSpan Time)
{
    public const string Usage = """
        quick [--only stream64,stream1k,stream16k,plaintext,pipelined]
              [--peers rawstream,kestrel]   also: rawstream-flush, kestrel-flush, kestrel-write, kestrel-body, httplistener, canned
              [--runs 5] [--ms 500]         the length of a run
        """;

    /// <exception cref="ArgumentException">The command line is wrong; the message says how.</exception>
    public static QuickOptions Parse(string[] args)
    {
        var arguments = new Arguments(Usage);
        var options = new QuickOptions([], Expand(["rawstream", "kestrel"]), 5, TimeSpan.FromMilliseconds(500));
        foreach (var (option, value) in arguments.Pairs(args))
        {
            options = option switch
            {
                "--only" => options with { Only = arguments.Names(value, Measure.Names) },
                "--peers" => options with { Peers = Expand(arguments.Names(value, [.. Peer.Names, "kestrel"])) },
                "--runs" => options with { Runs = arguments.Number(value) },
                "--ms" => options with { Time = TimeSpan.FromMilliseconds(arguments.Number(value)) },
                _ => throw arguments.Wrong($"There is no option {option}."),
            };
        }
        return options;
    }

    /// <summary>"kestrel" stands for its forms.</summary>
    private static string[] Expand(string[] peers) =>
        [.. peers.SelectMany(peer => peer == "kestrel" ? [Peer.KestrelFlush, Peer.KestrelWrite] : new[] { peer }).Distinct()];
}
