using RawStream.Fuzz.Engine;

namespace RawStream.Fuzz.Peers;

/// <summary>A server without sockets, threads or time, to which one connection after the other is made.</summary>
internal sealed class Harness
{
    private const int StepsMax = 200_000;

    private readonly HttpServer _server;
    private readonly int _readAhead;
    private readonly int _bound;

    public Harness(Action<HttpServer> map, HttpLimits? limits = null)
    {
        limits ??= new HttpLimits();
        (_readAhead, _bound) = (limits.ReadAheadBytes, limits.ResponseBufferBytes);
        _server = new HttpServer(new HttpServerOptions { Port = 0, LoggerFactory = Log, Limits = limits, TimeProvider = new FrozenTime() });
        map(_server);
    }

    public FaultLog Log { get; } = new();

    /// <summary>
    /// What the server answers to a peer that sends these bytes and then its FIN; null means that it is gone in the middle of them.
    /// </summary>
    /// <param name="request">All that the peer sends.</param>
    /// <param name="choices">Where the bytes are split, and how much the peer takes at a time; null: they come at once, and it takes all.</param>
    /// <param name="aborts">The peer is gone after the bytes, without a FIN.</param>
    /// <exception cref="FuzzFinding">The connection does not end, a handler goes on, or something was logged as an error.</exception>
    public ReadOnlyMemory<byte> Exchange(ReadOnlySpan<byte> request, Random? choices = null, bool aborts = false)
    {
        Log.Begin();
        var connection = new ScriptedConnection(_readAhead, _bound);
        if (choices is not null && choices.Next(2) == 0) connection.Appetite = offered => choices.Next(3) == 0 ? 0 : choices.Next(1, Math.Min(offered, 100) + 1);
        _server.Serve(connection);
        var pieceMax = choices is null ? int.MaxValue : choices.Next(4) == 0 ? 2 : choices.Next(2, 60);
        while (!request.IsEmpty)
        {
            var piece = request[..Math.Min(request.Length, choices?.Next(1, pieceMax) ?? request.Length)];
            connection.Arrive(piece);
            request = request[piece.Length..];
            if (choices?.Next(4) > 0) StepOn(connection);
        }
        if (aborts) connection.Abort();
        else connection.Finish();
        StepOn(connection);
        for (var left = StepsMax; _server.Metrics.OpenConnections > 0; left--)
        {
            if (left == 0) throw new FuzzFinding("The connection does not end.");
            connection.Step(); // It may be that the peer had no appetite.
        }
        Log.ThrowIfFault();
        if (_server.Metrics.RunningHandlers != 0) throw new FuzzFinding("A handler still runs.");
        if (connection.Closes == 0) throw new FuzzFinding("The connection was not closed.");
        return connection.Sent;
    }

    private static void StepOn(ScriptedConnection connection)
    {
        var steps = 0;
        while (connection.Step())
            if (++steps > StepsMax) throw new FuzzFinding("The connection never comes to rest.");
    }
}
