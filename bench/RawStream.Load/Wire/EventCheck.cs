using System.Net;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Text;
using RawStream.Load.Client;

namespace RawStream.Load.Wire;

/// <summary>
/// Reads one subscription strictly, with the framework's parser: a chunked event stream, and in it each event that was published,
/// with as much data as was asked for. The load client looks at framing and at the ends of events only; this entitles it to.
/// </summary>
internal static class EventCheck
{
    private const int Patience = 10_000;

    /// <exception cref="InvalidDataException">The response is not what was asked for.</exception>
    public static void Run(int port)
    {
        using var client = new TcpClient { ReceiveTimeout = Patience };
        client.Connect(IPAddress.Loopback, port);
        using var stream = new BufferedStream(client.GetStream(), 64 * 1024);
        stream.Write(Encoding.ASCII.GetBytes(Requests.Get("/sse")));
        stream.Flush();
        ExpectEventStream(WireReader.ReadHead(stream));

        using var publisher = new Publisher(port);
        while (publisher.Count() == 0) Task.Delay(10).Wait();
        foreach (var (events, size) in new[] { (1, 64), (100, 64), (3, 20_000) })
        {
            publisher.Publish(events, size);
            ExpectEvents(stream, events, size);
        }
    }

    private static void ExpectEventStream(List<string> fields)
    {
        WireReader.ExpectChunked(fields);
        if (WireReader.Field(fields, "Content-Type")?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) != true)
            throw new InvalidDataException("The response is not an event stream.");
    }

    private static void ExpectEvents(Stream stream, int events, int size)
    {
        var received = new MemoryStream();
        List<SseItem<string>> items;
        do
        {
            received.Write(WireReader.ReadChunk(stream));
            received.Position = 0;
            items = [.. SseParser.Create(received).Enumerate()];
            received.Position = received.Length;
        }
        while (items.Count < events);
        if (items.Count > events || items.Exists(item => Encoding.UTF8.GetByteCount(item.Data) != size))
            throw new InvalidDataException($"{events} events of {size} bytes were published, and other ones arrived.");
    }
}
