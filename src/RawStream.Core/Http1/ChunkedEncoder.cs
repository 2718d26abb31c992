using System.Numerics;

namespace RawStream.Http1;

// The chunked transfer coding, the other way (RFC 9112 §7.1; see ChunkedDecoder):
//
//   5␍␊Hello␍␊     one chunk
//   0␍␊␍␊          the last chunk, without trailers
//
// The size has no leading zeros: a learner can predict each byte, and no parser is tested for its patience.

/// <summary>Frames chunks. It holds nothing.</summary>
internal static class ChunkedEncoder
{
    /// <summary>Room that is kept in front of data whose length is not known yet: what four digits and CRLF need.</summary>
    public const int SizeLineRoom = 6;

    /// <summary>Enough for the size line of any int.</summary>
    public const int LongestSizeLine = 10;

    public static ReadOnlySpan<byte> EndOfChunk => "\r\n"u8;

    public static ReadOnlySpan<byte> LastChunk => "0\r\n"u8;

    /// <summary>The digits of <paramref name="size"/> and CRLF.</summary>
    public static int SizeLineLength(int size) => (BitOperations.Log2((uint)size) >> 2) + 3;

    /// <summary>Writes <c>chunk-size CRLF</c> to the front of <paramref name="destination"/> and tells its length.</summary>
    public static int WriteSizeLine(Span<byte> destination, int size)
    {
        var length = SizeLineLength(size);
        destination[length - 1] = (byte)'\n';
        destination[length - 2] = (byte)'\r';
        for (var i = length - 3; i >= 0; i--, size >>= 4) destination[i] = "0123456789abcdef"u8[size & 15];
        return length;
    }
}
