using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using RawStream.Http1;

namespace RawStream.WebSockets;

// The opening handshake (RFC 6455 §4.2):
//
//   GET /ws HTTP/1.1                                  HTTP/1.1 101 Switching Protocols
//   Host: example.com                                 Connection: Upgrade
//   Connection: Upgrade                               Upgrade: websocket
//   Upgrade: websocket                                Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
//   Sec-WebSocket-Version: 13
//   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

/// <summary>What a client and the server agree on before the first frame.</summary>
/// <param name="Accept">The proof that the server has read the key.</param>
/// <param name="Subprotocol">Or none.</param>
/// <param name="Deflate">How messages are compressed, if they are.</param>
internal sealed record Handshake(string Accept, string? Subprotocol, PerMessageDeflate? Deflate)
{
    public const string Protocol = "websocket";

    private const string Version = "13";
    private const string Nonce = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const int KeyBytes = 16;
    private const int KeyLength = 24; // In base64.

    private static readonly Response UpgradeRequired = Response.UpgradeRequired(Protocol).With("Sec-WebSocket-Version", Version);
    private static readonly Response GetOnly = Response.Text("A WebSocket is opened by GET.\n", 405).With("Allow", "GET");

    /// <summary>Null when the client asks for a WebSocket that can be had, or else the answer.</summary>
    public static Response? Refuse(Request request)
    {
        if (request.Method is not ("GET" or "HEAD")) return GetOnly;
        return request.CanUpgrade(Protocol) && request.Headers["Sec-WebSocket-Version"] == Version ? null : UpgradeRequired;
    }

    /// <exception cref="BadRequestException">A field is malformed, or a page of another origin asks.</exception>
    public static Handshake Agree(Request request, WebSocketOptions options)
    {
        var key = request.Headers["Sec-WebSocket-Key"];
        if (!IsKey(key)) throw new BadRequestException("Sec-WebSocket-Key is not 16 bytes in base64 (RFC 6455 §4.2.1).");
        if (!IsAllowed(request, options)) throw new BadRequestException("Pages of this origin may not open a WebSocket here (RFC 6455 §10.2).", 403);
        var subprotocol = ChooseSubprotocol(request.Headers["Sec-WebSocket-Protocol"], options.Subprotocols);
        var offers = request.Headers["Sec-WebSocket-Extensions"] is { } field ? Extension.ReadAll(field) : [];
        return new Handshake(Accepting(key), subprotocol, PerMessageDeflate.Agree(offers, options.Compression));
    }

    /// <summary>The fields of the 101.</summary>
    public void SetFields(ResponseHeaders fields)
    {
        fields["Sec-WebSocket-Accept"] = Accept;
        if (Subprotocol is not null) fields["Sec-WebSocket-Protocol"] = Subprotocol;
        if (Deflate is not null) fields["Sec-WebSocket-Extensions"] = Deflate.Field;
    }

    private static bool IsKey([NotNullWhen(true)] string? key)
    {
        Span<byte> bytes = stackalloc byte[KeyBytes];
        return key is { Length: KeyLength } && Convert.TryFromBase64String(key, bytes, out var length) && length == KeyBytes;
    }

    [SuppressMessage("Security", "CA5350", Justification = "RFC 6455 wants SHA-1. Nothing depends on its strength.")]
    private static string Accepting(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Nonce)));

    /// <summary>Only browsers send Origin, and always do.</summary>
    private static bool IsAllowed(Request request, WebSocketOptions options)
    {
        var origin = request.Headers["Origin"];
        if (origin is null) return true;
        var authority = origin.IndexOf("://", StringComparison.Ordinal) is >= 0 and var at ? origin[(at + 3)..] : "";
        return authority.Equals(request.Host, StringComparison.OrdinalIgnoreCase)
            || options.AllowedOrigins.Contains("*") || options.AllowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The client's order is its preference (RFC 6455 §4.1).</summary>
    private static string? ChooseSubprotocol(string? field, IReadOnlyList<string> spoken)
    {
        if (field is null) return null;
        var names = field.Split(',', StringSplitOptions.TrimEntries);
        if (!names.All(name => Grammar.IsToken(name)) || names.Distinct().Count() < names.Length)
            throw new BadRequestException("Sec-WebSocket-Protocol is not a list of different tokens (RFC 6455 §4.1).");
        return names.FirstOrDefault(name => spoken.Contains(name, StringComparer.Ordinal));
    }
}
