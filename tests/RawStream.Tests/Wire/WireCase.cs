namespace RawStream.Tests.Wire;

/// <summary>One case of tests/wire: what a client does, and what must come back.</summary>
/// <param name="Source">Where it stands, as file:line.</param>
/// <param name="Name">File and heading, unique among all cases.</param>
/// <param name="Steps">What the client does, in order.</param>
/// <param name="WholeOnly">The answer depends on how much comes at once, so each send stays whole.</param>
/// <param name="Responses">What the server sends, interim responses included, in order.</param>
/// <param name="End">What becomes of the connection afterwards.</param>
internal sealed record WireCase(
    string Source,
    string Name,
    IReadOnlyList<WireStep> Steps,
    bool WholeOnly,
    IReadOnlyList<ExpectedResponse> Responses,
    WireEnd End)
{
    public override string ToString() => Name;
}

/// <summary>What a client does.</summary>
internal abstract record WireStep
{
    private WireStep()
    {
    }

    /// <summary>Sends bytes.</summary>
    public sealed record Send(ReadOnlyMemory<byte> Bytes) : WireStep;

    /// <summary>Waits until something has come back since the last step of this kind.</summary>
    public sealed record Wait : WireStep;

    /// <summary>Sends FIN, and goes on reading.</summary>
    public sealed record HalfClose : WireStep;
}

/// <summary>What becomes of a connection after the last response.</summary>
internal enum WireEnd
{
    /// <summary>It answers another request.</summary>
    Open,

    /// <summary>The server sends FIN, and nothing before it.</summary>
    Closed,
}
