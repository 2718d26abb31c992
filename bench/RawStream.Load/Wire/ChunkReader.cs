using System.Buffers.Binary;

namespace RawStream.Load.Wire;

/// <summary>
/// The chunked coding (RFC 9112 §7.1), read strictly and at any cut:
/// <c>chunked-body = *( 1*HEXDIG [ chunk-ext ] CRLF chunk-data CRLF ) 1*"0" [ chunk-ext ] CRLF trailer-section CRLF</c>
/// </summary>
/// <remarks><code>5\r\nhello\r\n0\r\n\r\n    one chunk, and the end</code></remarks>
internal struct ChunkReader
{
    private const int LongestSize = 8;      // Hexadecimal digits.
    private const int LongestLine = 16 * 1024;

    private enum Expect : byte { Size, Extension, EndOfSize, Data, CarriageReturn, LineFeed, Trailers, Trailer, EndOfTrailer, EndOfBody, Nothing }

    private Expect _expect;
    private bool _isFresh;          // None of the chunk's data was read yet.
    private int _digits;
    private int _line;              // Bytes of an extension or of trailers.
    private long _size;
    private long _left;

    // The last chunk's size line as it was written, if it has at most eight bytes: chunks of one stream are mostly alike.
    private ulong _lastLine;
    private ulong _lineMask;
    private int _lastFrame;

    /// <summary>The last chunk and the trailers have come.</summary>
    public readonly bool IsDone => _expect == Expect.Nothing;

    /// <summary>Takes the whole chunks at the start of the input that have the last one's size. The quick way.</summary>
    public readonly (int Chunks, long Bytes) SkipLikeLast(ref ReadOnlySpan<byte> input)
    {
        if (_expect != Expect.Size || _digits > 0 || _lastFrame < sizeof(ulong)) return (0, 0);
        var rest = input;
        var chunks = 0;
        while (rest.Length >= _lastFrame
            && (BinaryPrimitives.ReadUInt64LittleEndian(rest) & _lineMask) == _lastLine
            && rest[_lastFrame - 2] == '\r' && rest[_lastFrame - 1] == '\n')
        {
            rest = rest[_lastFrame..];
            chunks++;
        }
        input = rest;
        return (chunks, chunks * _size);
    }

    /// <summary>Takes bytes up to a piece of data, a chunk's end, or the input's end; returns the piece.</summary>
    /// <param name="input">What is left is put back.</param>
    /// <param name="starts">The data is the first of its chunk.</param>
    /// <param name="ends">The chunk has ended, with its CR LF.</param>
    public ReadOnlySpan<byte> Read(ref ReadOnlySpan<byte> input, out bool starts, out bool ends)
    {
        (starts, ends) = (false, false);
        while (!input.IsEmpty && _expect != Expect.Nothing)
        {
            if (_expect == Expect.Data)
            {
                var data = input[..(int)Math.Min(_left, input.Length)];
                input = input[data.Length..];
                _left -= data.Length;
                (starts, _isFresh) = (_isFresh, false);
                if (_left == 0) _expect = Expect.CarriageReturn;
                ends = _left == 0 && SkipLineEnd(ref input);
                return data;
            }
            var isLineFeed = _expect == Expect.LineFeed;
            Take(input[0]);
            input = input[1..];
            if (!isLineFeed) continue;
            ends = true;
            return [];
        }
        return [];
    }

    /// <summary>The CR LF behind the data, where both are there.</summary>
    private bool SkipLineEnd(ref ReadOnlySpan<byte> input)
    {
        if (!input.StartsWith("\r\n"u8)) return false;
        input = input[2..];
        BeginSize();
        return true;
    }

    private void Take(byte next)
    {
        switch (_expect)
        {
            case Expect.Size: TakeSize(next); break;
            case Expect.Extension: TakeExtension(next); break;
            case Expect.EndOfSize: EndSize(next); break;
            case Expect.CarriageReturn: Demand(next, '\r', Expect.LineFeed, "A chunk does not end with CR LF."); break;
            case Expect.LineFeed: Demand(next, '\n', Expect.Size, "A chunk does not end with CR LF."); BeginSize(); break;
            case Expect.Trailers: _expect = next == '\r' ? Expect.EndOfBody : TakeTrailer(next); break;
            case Expect.Trailer: _expect = next == '\r' ? Expect.EndOfTrailer : TakeTrailer(next); break;
            case Expect.EndOfTrailer: Demand(next, '\n', Expect.Trailers, "A trailer does not end with CR LF."); break;
            default: Demand(next, '\n', Expect.Nothing, "The body does not end with CR LF."); break;
        }
    }

    private void BeginSize() => (_expect, _digits, _line) = (Expect.Size, 0, 0);

    private void TakeSize(byte next)
    {
        if (char.IsAsciiHexDigit((char)next))
        {
            if (_digits == LongestSize) throw Fault("A chunk size is too long.");
            if (_digits == 0) (_size, _lastLine) = (0, 0);
            _size = _size * 16 + (next <= '9' ? next - '0' : (next | 0x20) - 'a' + 10);
            _lastLine |= (ulong)next << (8 * _digits++);
            return;
        }
        if (_digits == 0) throw Fault("A chunk does not begin with its size.");
        _expect = next switch
        {
            (byte)'\r' => Expect.EndOfSize,
            (byte)';' => Expect.Extension,
            _ => throw Fault("A chunk size is followed by neither CR LF nor an extension."),
        };
    }

    private void TakeExtension(byte next)
    {
        if (next == '\n' || ++_line > LongestLine) throw Fault("A chunk extension does not end with CR LF.");
        if (next == '\r') _expect = Expect.EndOfSize;
    }

    private void EndSize(byte next)
    {
        Demand(next, '\n', _size == 0 ? Expect.Trailers : Expect.Data, "A chunk size does not end with CR LF.");
        (_left, _isFresh) = (_size, true);
        RememberLine();
    }

    private void RememberLine()
    {
        var line = _digits + 2;
        var isPlain = _line == 0 && line <= sizeof(ulong) && _size is > 0 and < int.MaxValue / 2;
        _lastFrame = isPlain ? line + (int)_size + 2 : 0;
        _lineMask = line >= sizeof(ulong) ? ulong.MaxValue : (1UL << (8 * line)) - 1;
        if (isPlain) _lastLine |= ((ulong)'\r' << (8 * _digits)) | ((ulong)'\n' << (8 * (_digits + 1)));
    }

    private Expect TakeTrailer(byte next) =>
        next == '\n' || ++_line > LongestLine ? throw Fault("A trailer does not end with CR LF.") : Expect.Trailer;

    private void Demand(byte next, char right, Expect then, string fault) => _expect = next == right ? then : throw Fault(fault);

    private static InvalidDataException Fault(string fault) => new(fault);
}
