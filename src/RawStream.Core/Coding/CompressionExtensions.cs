using RawStream.Coding;

namespace RawStream;

/// <summary>Compressed responses.</summary>
public static class CompressionExtensions
{
    /// <summary>
    /// Compresses responses with Brotli or gzip, as far as the client takes them (Accept-Encoding, RFC 9110 §12.5.3) and their type becomes shorter by it. Streams, too:
    /// what a handler flushes can be decoded at once. A response with Content-Encoding, Content-Range or <c>Cache-Control: no-transform</c> is left as it is.
    /// </summary>
    /// <param name="server">The server.</param>
    /// <param name="options">Levels, types, bounds.</param>
    /// <exception cref="InvalidOperationException">The server has started.</exception>
    public static HttpServer UseCompression(this HttpServer server, CompressionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        var compression = new Compression(options ?? new CompressionOptions());
        return server.Use(next => (request, response) =>
        {
            response.Content.Coding = compression;
            return next(request, response);
        });
    }
}
