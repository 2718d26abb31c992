using System.IO.Compression;
using System.Text;

namespace RawStream.Tests.WebSockets;

/// <summary>What a compressed frame says.</summary>
internal static class Inflation
{
    public static string Inflate(ServerFrame frame)
    {
        using var inflate = new DeflateStream(new MemoryStream([.. frame.Bytes, 0, 0, 0xFF, 0xFF]), CompressionMode.Decompress);
        var output = new MemoryStream();
        inflate.CopyTo(output);
        return Encoding.Latin1.GetString(output.ToArray());
    }
}
