using RawStream.Load.Measures;
using RawStream.Load.Peers;

namespace RawStream.Load.Compare;

/// <summary>The command line of <c>compare</c>.</summary>
internal sealed record CompareOptions(string[] Only, Peer[] Peers, Scale Scale, string Out)
{
    /// <exception cref="ArgumentException">The command line is wrong; the message says how.</exception>
    public static CompareOptions Parse(string[] args)
    {
        var isQuick = args.Contains("--quick");
        var options = new CompareOptions([], PeerList.All, isQuick ? Scale.Quick : new Scale(), Repository.Path("bench/results"));
        foreach (var (option, value) in Arguments.Pairs(args, "--quick", "--syscalls"))
            options = options.With(option, value);
        return options;
    }

    private CompareOptions With(string option, string value) => option switch
    {
        "--only" => this with { Only = Arguments.Names(option, value, MeasureList.Names) },
        "--peers" => this with { Peers = PeerList.Find(Arguments.Names(option, value, PeerList.Names.Append(PeerList.Kestrel))) },
        "--runs" => this with { Scale = Scale with { Runs = Arguments.Number(option, value) } },
        "--streams" => this with { Scale = Scale with { Streams = Arguments.Numbers(option, value) } },
        "--out" => this with { Out = value },
        "--quick" => this,
        "--syscalls" => this with { Scale = Scale with { CountsSystemCalls = true } },
        _ => throw new ArgumentException($"there is no option {option}; see help"),
    };
}
