using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace RawStream.WebSockets;

/// <summary>Tells whether text that comes in pieces is UTF-8, at the first byte that cannot be (RFC 6455 §8.1).</summary>
internal struct Utf8Check
{
    private const int LongestCut = 3; // Bytes of a character that are not all of it.

    private uint _cut; // The first bytes of a character that was cut, the first of them lowest.
    private int _cutLength;

    /// <summary>No character is cut.</summary>
    public readonly bool IsComplete => _cutLength == 0;

    /// <summary>False when the text cannot become UTF-8 any more.</summary>
    public bool Accept(ReadOnlySpan<byte> piece)
    {
        if (!FinishCut(ref piece)) return false;
        var end = piece.Length - LengthOfCut(piece);
        if (!Utf8.IsValid(piece[..end])) return false;
        foreach (var b in piece[end..]) Keep(b);
        return true;
    }

    private bool FinishCut(ref ReadOnlySpan<byte> piece)
    {
        Span<byte> character = stackalloc byte[LongestCut + 1];
        while (_cutLength > 0 && !piece.IsEmpty)
        {
            Keep(piece[0]);
            piece = piece[1..];
            for (var i = 0; i < _cutLength; i++) character[i] = (byte)(_cut >> (i * 8));
            switch (Rune.DecodeFromUtf8(character[.._cutLength], out _, out _))
            {
                case OperationStatus.InvalidData:
                    return false;
                case OperationStatus.Done:
                    _cut = 0;
                    _cutLength = 0;
                    break;
            }
        }
        return true;
    }

    private void Keep(byte b) => _cut |= (uint)b << (_cutLength++ * 8);

    /// <summary>How many bytes at the end may become a character with what follows.</summary>
    private static int LengthOfCut(ReadOnlySpan<byte> piece)
    {
        for (var length = 1; length <= Math.Min(LongestCut, piece.Length); length++)
        {
            var isContinuation = (piece[^length] & 0xC0) == 0x80;
            if (!isContinuation) return Rune.DecodeFromUtf8(piece[^length..], out _, out _) == OperationStatus.NeedMoreData ? length : 0;
        }
        return 0;
    }
}
