using System.IO.Compression;
using System.Text;

namespace RawStream.Tests.Coding;

/// <summary>Coded content, as Latin-1 text like everything that a test client reads.</summary>
internal static class Coded
{
    public static readonly string Words = string.Concat(Enumerable.Repeat("to be or not to be, that is the question; ", 20));

    public static byte[] Encode(string coding, ReadOnlySpan<byte> content)
    {
        var coded = new MemoryStream();
        using (Stream encoder = coding switch
        {
            "br" => new BrotliStream(coded, CompressionLevel.Optimal),
            "deflate" => new ZLibStream(coded, CompressionLevel.Optimal),
            _ => new GZipStream(coded, CompressionLevel.Optimal),
        }) encoder.Write(content);
        return coded.ToArray();
    }

    public static string Decode(string? coding, string content)
    {
        if (coding is null) return content;
        using var decoder = new StreamReader(Decoder(coding, new MemoryStream(Encoding.Latin1.GetBytes(content))), Encoding.Latin1);
        return decoder.ReadToEnd();
    }

    public static Stream Decoder(string coding, Stream content) => coding switch
    {
        "br" => new BrotliStream(content, CompressionMode.Decompress),
        "gzip" => new GZipStream(content, CompressionMode.Decompress),
        _ => throw new InvalidDataException($"'{coding}' is no coding that a server may choose."),
    };
}
