using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RawStream.Bench.Peers;

/// <summary>
/// Reads one <c>/stream</c> response strictly, and makes sure that each write arrived as a chunk of its own. The load client only
/// counts bytes; this is what entitles it to.
/// </summary>
internal static class FrameCheck
{
    /// <exception cref="InvalidDataException">The response is not exactly the chunks that were asked for.</exception>
    public static void Run(int port, int chunks, int size)
    {
        using var client = new TcpClient { NoDelay = true };
        client.Connect(IPAddress.Loopback, port);
        using var stream = new BufferedStream(client.GetStream(), 64 * 1024);
        stream.Write(Encoding.ASCII.GetBytes(RawClient.RequestFor(RawClient.StreamTarget(chunks, size))));
        stream.Flush();

        WireReader.ExpectChunked(WireReader.ReadHead(stream));
        var frames = new List<int>();
        while (WireReader.ReadChunk(stream) is { Length: > 0 } chunk) frames.Add(chunk.Length);
        if (frames.Count != chunks || frames.Any(length => length != size))
            throw new InvalidDataException(
                $"{chunks} writes of {size} bytes arrived as {frames.Count} chunks of {frames.Min()} to {frames.Max()} bytes.");
    }
}
