using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using RawStream.Load.Compare;
using RawStream.Load.Peers;
using RawStream.Load.Wire;

namespace RawStream.Load.Measures;

/// <summary>From the start of the process to the first byte of its first answer.</summary>
internal static class Start
{
    public static IEnumerable<Case> Cases(Scale scale) =>
        [new Case("start to first byte", [new Figure("ms", Better.Less), new Figure("server, MB", Better.Less)], Run)];

    private static double[] Run(Contestant contestant)
    {
        var launch = contestant.Peer.Prepare();
        var start = Stopwatch.GetTimestamp();
        using var server = ServerProcess.Start(contestant.Peer, launch);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000 };
        socket.Connect(IPAddress.Loopback, server.Port);
        socket.Send(Requests.Batch(Requests.Get("/plaintext"), 1));
        if (socket.Receive(new byte[1]) != 1) throw new InvalidDataException("The server closed before it had answered.");
        return [Stopwatch.GetElapsedTime(start).TotalMilliseconds, server.ResidentBytes / 1e6];
    }
}
