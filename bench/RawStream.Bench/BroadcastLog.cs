using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using RawStream.Streaming;

namespace RawStream.Bench;

/// <summary>
/// A hundred events of 64 bytes to some subscribers, without a socket: appended once to the log, and gathered by each subscriber; or, as the framework has it, encoded once and
/// put into a channel for each subscriber, which takes them out one by one. A time is for one event and one subscriber.
/// </summary>
[Config(typeof(ParserConfig))]
public class BroadcastLog
{
    private const int Events = 100;
    private const int Size = 64;

    private readonly string _data = new('x', Size);
    private Broadcast<string> _news = null!;
    private Subscription<string>[] _subscriptions = [];
    private Channel<ReadOnlyMemory<byte>>[] _channels = [];

    [Params(1, 100)]
    public int Subscribers { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _news = new Broadcast<string>();
        _subscriptions = [.. Enumerable.Range(0, Subscribers).Select(_ => _news.Subscribe())];
        foreach (var subscription in _subscriptions) subscription.Open(new Deaf());
        var options = new BoundedChannelOptions(Events) { SingleReader = true, SingleWriter = true };
        _channels = [.. Enumerable.Range(0, Subscribers).Select(_ => Channel.CreateBounded<ReadOnlyMemory<byte>>(options))];
        if (Log() < Events * Subscribers * Size || Channels() < Events * Subscribers * Size) throw new InvalidOperationException("Events are missing.");
    }

    [Benchmark(Baseline = true)]
    public long Channels()
    {
        long bytes = 0;
        for (var i = 0; i < Events; i++)
        {
            var output = PooledBuffer.Rent();
            EventStreamFormat.Write(output, new(_data), TextEncoder.Instance);
            ReadOnlyMemory<byte> encoded = output.Span.ToArray();
            output.Dispose();
            foreach (var channel in _channels) channel.Writer.TryWrite(encoded);
        }
        foreach (var channel in _channels)
            while (channel.Reader.TryRead(out var encoded)) bytes += encoded.Length;
        return bytes;
    }

    [Benchmark]
    public long Log()
    {
        long bytes = 0;
        for (var i = 0; i < Events; i++) _news.Publish(_data);
        foreach (var subscription in _subscriptions)
        {
            while (subscription.Read() is { IsEmpty: false } batch)
            {
                bytes += batch.Bytes.Length;
                subscription.Advance(batch);
            }
        }
        return bytes;
    }

    /// <summary>Who is told of news, and does nothing: the benchmark itself reads.</summary>
    private sealed class Deaf : ISubscriber<string>
    {
        public StreamHealth? Health => null;

        public void Signal(ref LogBatch<string> shared)
        {
        }
    }
}
