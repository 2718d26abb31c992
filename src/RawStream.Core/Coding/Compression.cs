using System.Numerics;

namespace RawStream.Coding;

/// <summary>Compresses what a client takes compressed (RFC 9110 §8.4, §12.5.3).</summary>
internal sealed class Compression(CompressionOptions options) : ResponseCoding
{
    // The smallest that the format has (RFC 7932 §9.1), and what Brotli itself takes where nothing else is said.
    private const int SmallestWindow = 10;
    private const int LargestWindow = 22;

    // What is in front of an event is compressed again for each one: that has to be quick.
    private const int BlockLevel = 1;

    private readonly ContentCodings _available = ContentCodings.Identity | ContentCodings.Gzip | (options.Brotli ? ContentCodings.Brotli : 0);

    public override bool Concerns(string? contentType, long length) =>
        contentType is not null && (length < 0 || length > options.LargestUncompressed) && options.IsCompressible(contentType);

    public override ContentCodings Choose(RequestHeaders request, int status, ResponseHeaders fields, long length, ContentCodings possible = ContentCodings.All)
    {
        if (status == 304) return ConfirmCached(request, fields);
        if (status is 204 or 205 or 206) return ContentCodings.Identity;
        if (!Concerns(fields["Content-Type"], length) || IsFixed(fields)) return ContentCodings.Identity;
        fields.AddVary("Accept-Encoding");
        // A stream is flushed again and again: there gzip gives fewer bytes than Brotli, in less time and memory (docs/compression.md).
        var coding = AcceptEncoding.Of(request).Choose(_available & possible, preferred: length < 0 ? ContentCodings.Gzip : ContentCodings.Brotli);
        // Who refuses identity, too, gets it all the same, as RFC 9110 §12.4.1 allows: that is more useful than a 406.
        return coding == ContentCodings.None ? ContentCodings.Identity : coding;
    }

    public override void Announce(ResponseHeaders fields, ContentCodings coding)
    {
        fields["Content-Encoding"] = coding == ContentCodings.Brotli ? "br" : "gzip";
        fields.Remove("Accept-Ranges"); // No part of what is made on the fly can be asked for.
        if (fields["ETag"] is { } tag && tag.StartsWith('"')) fields["ETag"] = Weak(tag);
    }

    public override ContentCoder NewCoder(ContentCodings coding, long length) => coding switch
    {
        ContentCodings.Brotli => new BrotliCoder(options.BrotliQuality, length < 0 ? options.BrotliWindowBits : WindowFor(length)),
        _ => new GzipCoder(options.GzipLevel),
    };

    public override ContentCoder NewBlockCoder() => new GzipCoder(BlockLevel);

    /// <summary>The handler has coded the content itself, names a part of it, has made a digest of it, or forbids it.</summary>
    private static bool IsFixed(ResponseHeaders fields)
    {
        foreach (var (name, value) in fields.Fields)
        {
            if (name.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase) || name.Equals("Content-Range", StringComparison.OrdinalIgnoreCase)) return true;
            if (name.Equals("Content-Digest", StringComparison.OrdinalIgnoreCase) || name.Equals("Repr-Digest", StringComparison.OrdinalIgnoreCase)) return true;
            if (name.Equals("Cache-Control", StringComparison.OrdinalIgnoreCase) && ResponseHeaders.Lists(value, "no-transform")) return true;
        }
        return false;
    }

    /// <summary>A 304 has the Vary and the ETag that the 200 would have (RFC 9110 §15.4.5): the weak one for a client that holds it.</summary>
    private static ContentCodings ConfirmCached(RequestHeaders request, ResponseHeaders fields)
    {
        if (fields["ETag"] is not { } tag || !tag.StartsWith('"')) return ContentCodings.Identity;
        if (request["If-None-Match"] is not { } known || !ResponseHeaders.Lists(known, Weak(tag))) return ContentCodings.Identity;
        fields.AddVary("Accept-Encoding");
        fields["ETag"] = Weak(tag);
        return ContentCodings.Identity;
    }

    private static string Weak(string strongTag) => "W/" + strongTag;

    /// <summary>The window that holds all of it.</summary>
    private static int WindowFor(long length) => Math.Clamp(BitOperations.Log2((ulong)length) + 1, SmallestWindow, LargestWindow);
}
