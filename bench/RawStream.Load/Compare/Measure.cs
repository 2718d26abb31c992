using RawStream.Load.Peers;

namespace RawStream.Load.Compare;

/// <summary>What is good in a figure. Of an observation, nothing is, and it gets no ratio.</summary>
internal enum Better { More, Less, Neither }

/// <summary>A column of a table.</summary>
internal sealed record Figure(string Name, Better Better = Better.Neither);

/// <summary>A table: what is done to a server in a run, and the figures that come of it, a value each. NaN is none.</summary>
internal sealed record Case(string Title, Figure[] Figures, Func<Contestant, double[]> Run)
{
    /// <summary>Makes sure, slowly and strictly, that the server sends what the load client then only counts.</summary>
    public Action<ServerProcess>? Check { get; init; }

    /// <summary>Exercises the server for a moment and returns a figure that is steady once the server is warm.</summary>
    public Func<Contestant, double>? WarmUp { get; init; }

    public int MaxRuns { get; init; } = int.MaxValue;

    /// <summary>Whether a run did what the table is about. Where one of Kestrel's forms did something easier, it is not the bar.</summary>
    public Func<double[], bool> IsComparable { get; init; } = _ => true;

    /// <summary>Which figure the chart shows.</summary>
    public int Charted { get; init; }
}

/// <summary>Tables of one kind. Those who serve what it needs take part.</summary>
internal sealed record Measure(string Name, Endpoints Needs, Func<Scale, IEnumerable<Case>> Cases);

/// <summary>What has come of a peer in a table: its runs, the values in the order of the figures; and why runs were dropped.</summary>
internal sealed record PeerResult(string Peer, IReadOnlyList<double[]> Runs, IReadOnlyList<string> Dropped);

/// <summary>A table, filled in.</summary>
internal sealed record CaseResult(string Measure, Case Table, IReadOnlyList<PeerResult> Peers)
{
    public string Title => Table.Title;

    public Figure[] Figures => Table.Figures;
}
