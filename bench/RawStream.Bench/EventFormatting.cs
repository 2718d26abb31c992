using System.Net.ServerSentEvents;
using BenchmarkDotNet.Attributes;
using RawStream.Streaming;

namespace RawStream.Bench;

/// <summary>One Server-Sent Event becomes bytes. The framework's formatter writes a sequence to a stream, so it is given one of a hundred.</summary>
[Config(typeof(ParserConfig))]
public class EventFormatting
{
    private const int Events = 100;

    private readonly MemoryStream _stream = new();
    private SseItem<string> _item;

    [Params(64, 1024)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _item = new SseItem<string>(new string('x', Size), "tick") { EventId = "a-42" };
        Framework().GetAwaiter().GetResult();
        if (RawStream() * Events != _stream.Length) throw new InvalidOperationException("The two have not written the same.");
    }

    [Benchmark(OperationsPerInvoke = Events, Baseline = true)]
    public Task Framework()
    {
        _stream.SetLength(0);
        return SseFormatter.WriteAsync(Items(), _stream);
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public int RawStream()
    {
        var length = 0;
        for (var i = 0; i < Events; i++)
        {
            using var output = PooledBuffer.Rent();
            EventStreamFormat.Write(output, _item, TextEncoder.Instance);
            length = output.Span.Length;
        }
        return length;
    }

    private async IAsyncEnumerable<SseItem<string>> Items()
    {
        await Task.CompletedTask;
        for (var i = 0; i < Events; i++) yield return _item;
    }
}
