using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RawStream.Bench.Peers;

/// <summary>
/// Reads one <c>/stream</c> response as a learner would, line by line, and makes sure that each write arrived as a chunk of its
/// own. The load client only counts bytes; this is what entitles it to.
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

        ReadHead(stream);
        var frames = ReadFrames(stream);
        if (frames.Count != chunks || frames.Any(length => length != size))
            throw new InvalidDataException(
                $"{chunks} writes of {size} bytes arrived as {frames.Count} chunks of {frames.Min()} to {frames.Max()} bytes.");
    }

    private static void ReadHead(Stream stream)
    {
        var status = ReadLine(stream);
        if (status != "HTTP/1.1 200 OK") throw new InvalidDataException($"The stream was answered with '{status}'.");
        var chunked = false;
        for (string line; (line = ReadLine(stream)).Length > 0;)
            chunked |= line.Equals("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase);
        if (!chunked) throw new InvalidDataException("The stream is not chunked.");
    }

    private static List<int> ReadFrames(Stream stream)
    {
        var frames = new List<int>();
        var data = new byte[1024 * 1024];
        while (ReadSize(stream) is var size and > 0)
        {
            stream.ReadExactly(data, 0, size);
            ExpectEmptyLine(stream);
            frames.Add(size);
        }
        ExpectEmptyLine(stream);
        return frames;
    }

    /// <summary>The byte counts hold only for sizes without leading zeros.</summary>
    private static int ReadSize(Stream stream)
    {
        var line = ReadLine(stream);
        if (line.Length > 1 && line[0] == '0') throw new InvalidDataException($"The chunk size '{line}' is padded.");
        return int.Parse(line, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    private static void ExpectEmptyLine(Stream stream)
    {
        if (ReadLine(stream) is { Length: > 0 } line) throw new InvalidDataException($"An empty line was expected, not '{line}'.");
    }

    private static string ReadLine(Stream stream)
    {
        var line = new StringBuilder();
        for (int next; (next = stream.ReadByte()) != '\n';)
            line.Append(next >= 0 ? (char)next : throw new InvalidDataException("The response ends too early."));
        return line.Length > 0 && line[^1] == '\r'
            ? line.ToString(0, line.Length - 1)
            : throw new InvalidDataException("A line does not end with CR LF.");
    }
}
