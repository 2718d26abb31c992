using System.Globalization;
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
        var options = new QuickOptions([], Expand(["rawstream", "kestrel"]), 5, TimeSpan.FromMilliseconds(500));
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw Wrong($"{args[i]} needs a value.");
            options = args[i] switch
            {
                "--only" => options with { Only = List(value, Measure.Names) },
                "--peers" => options with { Peers = Expand(List(value, [.. Peer.Names, "kestrel"])) },
                "--runs" => options with { Runs = Number(value) },
                "--ms" => options with { Time = TimeSpan.FromMilliseconds(Number(value)) },
                _ => throw Wrong($"There is no option {args[i]}."),
            };
        }
        return options;
    }

    private static string[] List(string value, IEnumerable<string> known)
    {
        var names = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var unknown = names.Except(known).FirstOrDefault();
        return unknown is null ? names : throw Wrong($"'{unknown}' is not known.");
    }

    /// <summary>"kestrel" stands for its forms.</summary>
    private static string[] Expand(string[] peers) =>
        [.. peers.SelectMany(peer => peer == "kestrel" ? [Peer.KestrelFlush, Peer.KestrelWrite] : new[] { peer }).Distinct()];

    private static int Number(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw Wrong($"'{value}' is not a positive number.");

    private static ArgumentException Wrong(string reason) => new($"{reason}\n{Usage}");
}
