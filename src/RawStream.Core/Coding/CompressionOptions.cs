using RawStream.Coding;

namespace RawStream;

/// <summary>How <see cref="CompressionExtensions.UseCompression"/> compresses. The levels are those of the two formats: a higher one takes more time for fewer bytes.</summary>
public sealed class CompressionOptions
{
    private readonly int _brotliQuality = 5;
    private readonly int _gzipLevel = 5;
    private readonly int _brotliWindowBits = 16;
    private readonly int _largestUncompressed = 64;
    private readonly Func<string, bool> _isCompressible = CompressibleTypes.Contains;

    /// <summary>Whether <c>br</c> is offered; gzip always is.</summary>
    public bool Brotli { get; init; } = true;

    /// <summary>The quality of Brotli, from 0 to 11 and 5 by default (RFC 7932).</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not from 0 to 11.</exception>
    public int BrotliQuality
    {
        get => _brotliQuality;
        init => _brotliQuality = Bounds.InRange(value, 0, 11);
    }

    /// <summary>
    /// How far Brotli looks back in a stream, in bits: 2 to the power of it bytes, from 10 to 24 and 16 by default. A larger window finds more to refer to, and costs each open
    /// stream more memory. For content whose length is known it is as large as that.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not from 10 to 24.</exception>
    public int BrotliWindowBits
    {
        get => _brotliWindowBits;
        init => _brotliWindowBits = Bounds.InRange(value, 10, 24);
    }

    /// <summary>The level of gzip, from 1 to 9 and 5 by default (RFC 1952).</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not from 1 to 9.</exception>
    public int GzipLevel
    {
        get => _gzipLevel;
        init => _gzipLevel = Bounds.InRange(value, 1, 9);
    }

    /// <summary>Content of at most so many bytes, where its length is known, is left as it is: 64 by default. It would hardly become shorter.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int LargestUncompressed
    {
        get => _largestUncompressed;
        init => _largestUncompressed = Bounds.InRange(value, 0, int.MaxValue);
    }

    /// <summary>
    /// Which content types are compressed: given the value of Content-Type. By default text, JSON, XML, JavaScript, WebAssembly, SVG and what else becomes shorter by it, as the
    /// database of media types that web servers share (mime-db) has it.
    /// </summary>
    public Func<string, bool> IsCompressible
    {
        get => _isCompressible;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            _isCompressible = value;
        }
    }
}
