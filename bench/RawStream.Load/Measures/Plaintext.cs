using System.Net;
using System.Net.Sockets;
using System.Text;
using RawStream.Load.Client;
using RawStream.Load.Compare;
using RawStream.Load.Peers;
using RawStream.Load.Wire;

namespace RawStream.Load.Measures;

/// <summary>Requests for thirteen bytes, as fast as 64 connections can have them.</summary>
internal static class Plaintext
{
    private const string Target = "/plaintext";
    private const string Greeting = "Hello, World!";
    private const int Connections = 64;
    private const int Pipelined = 16;
    private const int BatchesOfAConnection = 10;

    private static readonly Figure[] Figures =
        [new("k requests/s", Better.More), new("server µs/request", Better.Less), new("client busy")];

    public static IEnumerable<Case> Cases(Scale scale) =>
    [
        With($"plaintext, {Connections} keep-alive connections", server => new ClosedLoop(server.Port, Connections, Target), scale),
        With($"plaintext, {Pipelined} pipelined on each of {Connections}", server => new ClosedLoop(server.Port, Connections, Target, Pipelined), scale),
        With($"plaintext, churn: connect, {BatchesOfAConnection} requests, close; {Connections} at once",
            server => new ClosedLoop(server.Port, Connections, Target, batchesOfAConnection: BatchesOfAConnection), scale),
    ];

    private static Case With(string title, Func<ServerProcess, ClosedLoop> connect, Scale scale)
    {
        return new Case(title, Figures, Run) { Check = Check, WarmUp = contestant => Run(contestant)[0] };

        double[] Run(Contestant contestant)
        {
            using var client = connect(contestant.Server);
            var reaped = client.Run(scale.Time, () => contestant.Server.ProcessorTime);
            if (client.Total.Bytes != client.Total.Responses * Greeting.Length) throw new InvalidDataException("A response had another length.");
            var responses = reaped.Harvest.Responses;
            return [responses / reaped.Time.TotalMilliseconds, reaped.ServerTime.TotalMicroseconds / responses, reaped.ClientBusy];
        }
    }

    private static void Check(ServerProcess server)
    {
        using var client = new TcpClient { ReceiveTimeout = 10_000 };
        client.Connect(IPAddress.Loopback, server.Port);
        using var stream = new BufferedStream(client.GetStream());
        stream.Write(Encoding.ASCII.GetBytes(Requests.Get(Target)));
        stream.Flush();
        WireReader.ReadHead(stream);
        var body = new byte[Greeting.Length];
        stream.ReadExactly(body);
        if (Encoding.ASCII.GetString(body) != Greeting) throw new InvalidDataException("The greeting is another one.");
    }
}
