namespace RawStream.Host;

/// <summary>
/// <c>GET /stream?chunks=N&amp;size=S</c>: N chunks of S bytes, each flushed by itself. It is measured, so it does nothing else.
/// </summary>
internal static class ChunkStream
{
    private const int ChunksMax = 1_000_000_000;
    private const int SizeMax = 1024 * 1024;

    // Every stream sends the tail of the same bytes, so that a chunk of any size ends its line and none is allocated.
    private static readonly byte[] Text = CreateText();

    public static async ValueTask Write(Request request, ResponseWriter response)
    {
        var chunks = QueryNumber.Read(request, "chunks", otherwise: 10, min: 0, max: ChunksMax);
        var size = QueryNumber.Read(request, "size", otherwise: 64, min: 1, max: SizeMax);
        response.Headers["Content-Type"] = "text/plain; charset=utf-8";
        response.Headers["X-Content-Type-Options"] = "nosniff"; // A browser that sniffs holds back the first chunks.

        ReadOnlyMemory<byte> chunk = Text.AsMemory(SizeMax - size);
        for (var sent = 0; sent < chunks; sent++) await response.WriteAsync(chunk);
    }

    private static byte[] CreateText()
    {
        var alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"u8;
        var text = new byte[SizeMax];
        for (var i = 0; i < text.Length; i++) text[i] = alphabet[i % alphabet.Length];
        text[^1] = (byte)'\n';
        return text;
    }
}
