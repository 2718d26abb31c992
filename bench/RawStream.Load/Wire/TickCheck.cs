using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RawStream.Load.Wire;

/// <summary>Reads three ticks strictly: each is a chunk of its own, and tells the time in a line.</summary>
internal static class TickCheck
{
    private const int Patience = 10_000;

    /// <exception cref="InvalidDataException">The response is not what was asked for.</exception>
    public static void Run(int port)
    {
        using var client = new TcpClient { NoDelay = true, ReceiveTimeout = Patience };
        client.Connect(IPAddress.Loopback, port);
        using var stream = new BufferedStream(client.GetStream());
        stream.Write(Encoding.ASCII.GetBytes(Requests.Get("/tick?ms=20")));
        stream.Flush();

        WireReader.ExpectChunked(WireReader.ReadHead(stream));
        for (var tick = 0; tick < 3; tick++)
        {
            var line = Encoding.ASCII.GetString(WireReader.ReadChunk(stream));
            if (!line.StartsWith("It is ", StringComparison.Ordinal) || line.IndexOf('\n', StringComparison.Ordinal) != line.Length - 1)
                throw new InvalidDataException($"A tick arrived as '{line.Trim()}'.");
        }
    }
}
