using System.Buffers;
using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using RawStream.Http1;
using RawStream.Timing;

namespace RawStream.Bench;

/// <summary>
/// The head of a response with two fields of its handler: as those who build servers write it at first, from fields that a handler sets, and from lines that were encoded once
/// (a response that does not change). Kestrel's own is internal.
/// </summary>
[Config(typeof(ParserConfig))]
public class HeadWriting
{
    private static readonly byte[] EncodedLines = "Content-Type: text/plain\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 13\r\n"u8.ToArray();
    private static readonly KeyValuePair<string, string>[] Fields = [new("Content-Type", "text/plain"), new("X-Content-Type-Options", "nosniff")];

    private readonly ArrayBufferWriter<byte> _output = new(1024);
    private readonly DateField _date = new(TimeProvider.System, new Heartbeat(TimeProvider.System, new ConnectionSet()));

    [GlobalSetup]
    public void Setup()
    {
        var lengths = new[] { Naive(), FromFields(), Encoded() };
        if (lengths.Distinct().Count() != 1) throw new InvalidOperationException("They have not written the same.");
    }

    [Benchmark(Baseline = true)]
    public int Naive()
    {
        var text = new StringBuilder("HTTP/1.1 200 OK\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Date: {DateTime.UtcNow:R}\r\n");
        foreach (var (name, value) in Fields) text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Content-Length: {13}\r\n\r\n");
        _output.ResetWrittenCount();
        Encoding.ASCII.GetBytes(text.ToString(), _output);
        return _output.WrittenCount;
    }

    [Benchmark]
    public int FromFields()
    {
        _output.ResetWrittenCount();
        ResponseHead.Write(_output, 200, Fields, _date.Line, ResponseFraming.Length, 13, default);
        return _output.WrittenCount;
    }

    [Benchmark]
    public int Encoded()
    {
        _output.ResetWrittenCount();
        ResponseHead.WriteEncoded(_output, 200, EncodedLines, _date.Line, default, default);
        return _output.WrittenCount;
    }
}
