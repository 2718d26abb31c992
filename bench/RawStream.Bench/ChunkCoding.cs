using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using RawStream.Http1;

namespace RawStream.Bench;

/// <summary>
/// Decoding a chunked body, a result a chunk. Kestrel's decoder is internal, so the baseline is the one that a programmer would
/// write at first: find the line's end, parse the number, skip the data. It checks nothing else.
/// </summary>
[Config(typeof(ParserConfig))]
public class ChunkDecoding
{
    private const int Chunks = 64;

    private byte[] _body = [];

    [Params(64, 1024, 16384)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _body = ChunkedBody.Of(Chunks, Size);
        if (Naive() != Chunks * Size || RawStream() != Chunks * Size)
            throw new InvalidOperationException("A decoder did not read the whole body.");
    }

    [Benchmark(OperationsPerInvoke = Chunks, Baseline = true)]
    public long Naive()
    {
        ReadOnlySpan<byte> input = _body;
        long total = 0;
        while (true)
        {
            var lineEnd = input.IndexOf("\r\n"u8);
            if (!Utf8Parser.TryParse(input[..lineEnd], out int size, out _, 'x')) return -1;
            if (size == 0) return total;
            total += size;
            input = input[(lineEnd + 2 + size + 2)..];
        }
    }

    [Benchmark(OperationsPerInvoke = Chunks)]
    public long RawStream()
    {
        var decoder = new ChunkedDecoder(maxSizeLine: 256);
        ReadOnlySpan<byte> input = _body;
        long total = 0;
        while (decoder.Read(input, out var framing, out var data, out _) == OperationStatus.Done)
        {
            if (data == 0) return total;
            total += data;
            input = input[(framing + data)..];
        }
        return -1;
    }
}

/// <summary>
/// The size line of a chunk, which is all that the encoder writes beside a constant CRLF. The copy of the data is left out: its time
/// hangs on how the arrays happen to be aligned. The baseline formats the size with the framework.
/// </summary>
[Config(typeof(ParserConfig))]
public class ChunkEncoding
{
    private readonly byte[] _output = new byte[ChunkedEncoder.LongestSizeLine];

    [Params(64, 1024, 16384)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var expected = Encoding.ASCII.GetBytes($"{Size:x}\r\n");
        if (!_output.AsSpan(0, Naive()).SequenceEqual(expected) || !_output.AsSpan(0, RawStream()).SequenceEqual(expected))
            throw new InvalidOperationException("An encoder did not write the size line.");
    }

    [Benchmark(Baseline = true)]
    public int Naive()
    {
        Size.TryFormat(_output, out var digits, "x", CultureInfo.InvariantCulture);
        "\r\n"u8.CopyTo(_output.AsSpan(digits));
        return digits + 2;
    }

    [Benchmark]
    public int RawStream() => ChunkedEncoder.WriteSizeLine(_output, Size);
}
