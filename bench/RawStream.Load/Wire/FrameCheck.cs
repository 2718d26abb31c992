using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RawStream.Load.Wire;

/// <summary>
/// Reads one <c>/stream</c> response strictly: it is chunked, and holds as much as was asked for. The load client looks at framing
/// only; this entitles it to.
/// </summary>
internal static class FrameCheck
{
    private const int Patience = 10_000;

    /// <summary>Returns how many chunks arrived for so many writes: some servers merge writes.</summary>
    /// <exception cref="InvalidDataException">The response is not what was asked for.</exception>
    public static int Run(int port, int chunks, int size)
    {
        using var client = new TcpClient { NoDelay = true, ReceiveTimeout = Patience };
        client.Connect(IPAddress.Loopback, port);
        using var stream = new BufferedStream(client.GetStream(), 64 * 1024);
        stream.Write(Encoding.ASCII.GetBytes(Requests.Get(Requests.StreamTarget(chunks, size))));
        stream.Flush();

        WireReader.ExpectChunked(WireReader.ReadHead(stream));
        var frames = new List<int>();
        while (WireReader.ReadChunk(stream) is { Length: > 0 } chunk) frames.Add(chunk.Length);
        if (frames.Sum() != chunks * size)
            throw new InvalidDataException($"{chunks} writes of {size} bytes arrived as {frames.Sum()} bytes.");
        return frames.Count;
    }
}
