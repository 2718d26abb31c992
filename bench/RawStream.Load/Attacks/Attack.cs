using RawStream.Load.Subject;

namespace RawStream.Load.Attacks;

/// <summary>What attackers do, each of them on a connection of its own.</summary>
internal sealed record Tactic(int Attackers)
{
    /// <summary>Sent when the connection is open, by the number of the connection.</summary>
    public Func<int, byte[]> Opening { get; init; } = _ => [];

    /// <summary>Sent after that, over and over.</summary>
    public byte[] Repeated { get; init; } = [];

    /// <summary>At most so much of it.</summary>
    public int BytesPerSecond { get; init; }

    /// <summary>So much is read as fast as it comes.</summary>
    public int ReadsFirst { get; init; }

    /// <summary>At most so much is read beside or after that; 0 is nothing at all.</summary>
    public int ReadBytesPerSecond { get; init; } = int.MaxValue;

    /// <summary>Whether an attacker leaves by itself as soon as it has sent its opening, every other one with a reset.</summary>
    public bool LeavesAtOnce { get; init; }

    /// <summary>Whether an attacker goes on when the server has closed its side, until it is reset.</summary>
    public bool IsStubborn { get; init; }

    /// <summary>How many connections are made a second, all attackers together; whoever was thrown out comes back.</summary>
    public int ConnectionsPerSecond { get; init; } = 1000;

    /// <summary>How long it takes at that rate until each has a connection.</summary>
    public TimeSpan ConnectingTime => TimeSpan.FromSeconds((double)Attackers / ConnectionsPerSecond);
}

/// <summary>An attack on a server.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="What">What is done, at which rate.</param>
/// <param name="Tactic">The same for the machine.</param>
internal sealed record Attack(string Name, string What, Tactic Tactic)
{
    /// <summary>The timeout after which the server is to have let go of an attacker, from when the last one was connected; null where it may stay.</summary>
    public TimeSpan? GoneAfter { get; init; }

    /// <summary>What the server is like.</summary>
    public SubjectOptions Server { get; init; } = SubjectOptions.Default;

    /// <summary>How many descriptors the server has; 0 for as many as usual.</summary>
    public int Descriptors { get; init; }

    public bool NeedsOwnServer => Server != SubjectOptions.Default || Descriptors > 0;
}
