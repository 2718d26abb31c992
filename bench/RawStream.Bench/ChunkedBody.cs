using System.Text;

namespace RawStream.Bench;

/// <summary>A chunked body, made the plain way.</summary>
internal static class ChunkedBody
{
    public static byte[] Of(int chunks, int size)
    {
        var body = new MemoryStream();
        for (var i = 0; i < chunks; i++)
        {
            body.Write(Encoding.ASCII.GetBytes($"{size:x}\r\n"));
            body.Write(new byte[size]);
            body.Write("\r\n"u8);
        }
        body.Write("0\r\n\r\n"u8);
        return body.ToArray();
    }
}
