using System.IO.Pipelines;
using System.Text;
using RawStream.Tests.Support;

namespace RawStream.Tests.Coding;

/// <summary>A client that decodes what has come so far, and no more.</summary>
internal sealed class LiveDecoder : IDisposable
{
    private readonly Pipe _coded = new();
    private readonly Stream _decoder;

    public LiveDecoder(string coding) => _decoder = Coded.Decoder(coding, _coded.Reader.AsStream());

    /// <summary>What becomes of a chunk: exactly so many bytes.</summary>
    public async Task<string> DecodeAsync(string chunk, int length)
    {
        await _coded.Writer.WriteAsync(Encoding.Latin1.GetBytes(chunk));
        var decoded = new byte[length];
        await _decoder.ReadExactlyAsync(decoded).Within();
        return Encoding.Latin1.GetString(decoded);
    }

    /// <summary>What becomes of the last chunk.</summary>
    public async Task<string> EndAsync(string chunk)
    {
        await _coded.Writer.WriteAsync(Encoding.Latin1.GetBytes(chunk));
        await _coded.Writer.CompleteAsync();
        using var rest = new StreamReader(_decoder, Encoding.Latin1);
        return await rest.ReadToEndAsync().Within();
    }

    public void Dispose() => _decoder.Dispose();
}
