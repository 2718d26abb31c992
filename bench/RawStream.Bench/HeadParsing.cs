using System.Buffers;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http;
using RawStream.Http1;

namespace RawStream.Bench;

/// <summary>
/// Parsing a request head. RawStream's parser also validates and splits the request-target, records where each part stands and
/// keeps a copy of the head. Kestrel's only finds the parts and hands them to an adapter, so it comes twice: with an adapter that
/// keeps a copy too, which is the comparison, and with one that does nothing, which no server could use.
/// </summary>
[Config(typeof(ParserConfig))]
public class HeadParsing
{
    private readonly HttpParser<KeepingAdapter> _keeping = new();
    private readonly HttpParser<IdleAdapter> _idle = new();
    private readonly KeptHead _kept = new();
    private readonly RequestHead _head = new();
    private RequestHeadParser _parser = new(new HttpLimits());
    private byte[] _bytes = [];
    private ReadOnlySequence<byte> _sequence;

    [Params("curl", "browser")]
    public string From { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _bytes = (From == "curl" ? RequestHeads.Curl : RequestHeads.Browser).ToArray();
        _sequence = new ReadOnlySequence<byte>(_bytes);
        if (RawStream() != _bytes.Length || Kestrel_Idle() != _bytes.Length || Kestrel_Keeping() != _bytes.Length)
            throw new InvalidOperationException("A parser did not read the whole head.");
        if (_head.Fields.Count != _kept.Fields)
            throw new InvalidOperationException($"RawStream found {_head.Fields.Count} fields, Kestrel {_kept.Fields}.");
    }

    [Benchmark(Baseline = true)]
    public long Kestrel_Keeping()
    {
        _kept.Clear();
        var adapter = new KeepingAdapter(_kept);
        var reader = new SequenceReader<byte>(_sequence);
        return _keeping.ParseRequestLine(adapter, ref reader) && _keeping.ParseHeaders(adapter, ref reader) ? reader.Consumed : -1;
    }

    [Benchmark]
    public long Kestrel_Idle()
    {
        var reader = new SequenceReader<byte>(_sequence);
        return _idle.ParseRequestLine(default, ref reader) && _idle.ParseHeaders(default, ref reader) ? reader.Consumed : -1;
    }

    [Benchmark]
    public long RawStream()
    {
        _parser.Reset();
        return _parser.Parse(_bytes, _head, out var length, out _) == OperationStatus.Done ? length : -1;
    }

    private readonly struct IdleAdapter : IHttpRequestLineHandler, IHttpHeadersHandler
    {
        public void OnStartLine(HttpVersionAndMethod versionAndMethod, TargetOffsetPathLength targetPath, Span<byte> startLine) { }

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) { }

        public void OnHeadersComplete(bool endStream) { }

        public void OnStaticIndexedHeader(int index) { }

        public void OnStaticIndexedHeader(int index, ReadOnlySpan<byte> value) { }
    }

    /// <summary>The least that a server has to do: the reader's buffer is gone once the head was consumed.</summary>
    private readonly struct KeepingAdapter(KeptHead head) : IHttpRequestLineHandler, IHttpHeadersHandler
    {
        public void OnStartLine(HttpVersionAndMethod versionAndMethod, TargetOffsetPathLength targetPath, Span<byte> startLine) =>
            head.Keep(startLine, []);

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => head.Keep(name, value);

        public void OnHeadersComplete(bool endStream) { }

        public void OnStaticIndexedHeader(int index) { }

        public void OnStaticIndexedHeader(int index, ReadOnlySpan<byte> value) { }
    }

    private sealed class KeptHead
    {
        private readonly byte[] _bytes = new byte[8 * 1024];
        private readonly (int Start, int NameLength, int ValueLength)[] _parts = new (int, int, int)[101];
        private int _length;
        private int _count;

        public int Fields => _count - 1; // The first part is the request line.

        public void Clear() => _length = _count = 0;

        public void Keep(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            name.CopyTo(_bytes.AsSpan(_length));
            value.CopyTo(_bytes.AsSpan(_length + name.Length));
            _parts[_count++] = (_length, name.Length, value.Length);
            _length += name.Length + value.Length;
        }
    }
}
