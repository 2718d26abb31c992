using System.Buffers;

namespace RawStream.Http1;

// The chunked transfer coding carries a body whose length is not known in advance (RFC 9112 §7.1):
//
//   chunked-body    = *chunk last-chunk trailer-section CRLF
//   chunk           = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
//   chunk-size      = 1*HEXDIG
//   last-chunk      = 1*("0") [ chunk-ext ] CRLF
//
// "Hello, world" in two chunks:
//
//   5␍␊
//   Hello␍␊
//   7␍␊
//   , world␍␊
//   0␍␊
//   ␍␊
//
// Every CRLF is compared. A decoder that skips two bytes without looking can be made to disagree with the proxy in front of it
// about where a request ends (RFC 9112 §11.2).

/// <summary>Decodes the chunked transfer coding. It holds no bytes and does no I/O, and can be stopped at any byte.</summary>
internal struct ChunkedDecoder(int maxSizeLine)
{
    private enum Expect : byte { Size, Data, EndOfData, Nothing }

    private Expect _expect;
    private long _remaining;

    /// <summary>The last chunk was read; the trailer section follows in the input.</summary>
    public readonly bool IsComplete => _expect == Expect.Nothing;

    /// <summary>How many bytes the current chunk has still to bring.</summary>
    public readonly long Remaining => _remaining;

    /// <summary>
    /// Reads the next run of body bytes: first <paramref name="framing"/> bytes that carry none, then <paramref name="data"/> bytes that
    /// do. Done with no data means that the body is complete. Framing counts when more is needed, too.
    /// </summary>
    public OperationStatus Read(ReadOnlySpan<byte> input, out int framing, out int data, out RejectionReason rejection)
    {
        framing = data = 0;
        rejection = RejectionReason.None;
        while (data == 0 && !IsComplete)
        {
            var rest = input[framing..];
            var status = _expect switch
            {
                Expect.Size => ReadSizeLine(rest, ref framing, out rejection),
                Expect.Data => ReadData(rest, out data),
                _ => ReadEndOfData(rest, ref framing, out rejection),
            };
            if (status != OperationStatus.Done) return status;
        }
        return OperationStatus.Done;
    }

    private OperationStatus ReadSizeLine(ReadOnlySpan<byte> input, ref int framing, out RejectionReason rejection)
    {
        // What stands behind the longest line is not looked at: a refusal must not depend on how much has come.
        var line = input[..Math.Min(input.Length, maxSizeLine + 2)];
        var length = 0;
        var status = ReadSize(line, out var size, out var digits, out rejection);
        if (status == OperationStatus.Done) status = ReadRestOfLine(line, digits, out length, out rejection);
        if (status == OperationStatus.NeedMoreData && line.Length == maxSizeLine + 2) return Invalid(RejectionReason.ChunkSizeLineTooLong, out rejection);
        if (status != OperationStatus.Done) return status;

        framing += length;
        _remaining = size;
        _expect = size == 0 ? Expect.Nothing : Expect.Data;
        return OperationStatus.Done;
    }

    /// <summary><c>1*HEXDIG</c>, up to what a long holds; leading zeros are allowed.</summary>
    private static OperationStatus ReadSize(ReadOnlySpan<byte> input, out long size, out int digits, out RejectionReason rejection)
    {
        size = 0;
        rejection = RejectionReason.None;
        for (digits = 0; digits < input.Length; digits++)
        {
            var value = HexValue(input[digits]);
            if (value < 0) break;
            if (size > long.MaxValue >> 4) return Invalid(RejectionReason.InvalidChunkSize, out rejection);
            size = (size << 4) + value;
        }
        if (digits == input.Length) return OperationStatus.NeedMoreData;
        return digits > 0 ? OperationStatus.Done : Invalid(RejectionReason.InvalidChunkSize, out rejection);
    }

    private static int HexValue(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };

    /// <summary>What follows the digits, with its CRLF. Extensions are checked and ignored (RFC 9112 §7.1.1).</summary>
    private static OperationStatus ReadRestOfLine(ReadOnlySpan<byte> input, int digits, out int length, out RejectionReason rejection)
    {
        length = digits + 2;
        rejection = RejectionReason.None;
        var rest = input[digits..];
        if (rest.StartsWith("\r\n"u8)) return OperationStatus.Done;
        if (rest[0] is not ((byte)'\r' or (byte)';' or (byte)' ' or (byte)'\t')) return Invalid(RejectionReason.InvalidChunkSize, out rejection);

        var extensions = rest.IndexOfAny(Grammar.ControlBytes);
        if (extensions < 0) return OperationStatus.NeedMoreData;
        if (rest[extensions] != '\r') return Invalid(RejectionReason.InvalidChunkExtension, out rejection);
        if (extensions + 1 == rest.Length) return OperationStatus.NeedMoreData;
        if (rest[extensions + 1] != '\n') return Invalid(RejectionReason.InvalidChunkSize, out rejection);
        length += extensions;
        return ChunkExtensions.AreValid(rest[..extensions]) ? OperationStatus.Done : Invalid(RejectionReason.InvalidChunkExtension, out rejection);
    }

    private OperationStatus ReadData(ReadOnlySpan<byte> input, out int data)
    {
        data = (int)Math.Min(input.Length, _remaining);
        if (data == 0) return OperationStatus.NeedMoreData;
        _remaining -= data;
        if (_remaining == 0) _expect = Expect.EndOfData;
        return OperationStatus.Done;
    }

    private OperationStatus ReadEndOfData(ReadOnlySpan<byte> input, ref int framing, out RejectionReason rejection)
    {
        rejection = RejectionReason.None;
        if (input.StartsWith("\r\n"u8))
        {
            framing += 2;
            _expect = Expect.Size;
            return OperationStatus.Done;
        }
        var couldStillMatch = input.IsEmpty || (input.Length == 1 && input[0] == '\r');
        return couldStillMatch ? OperationStatus.NeedMoreData : Invalid(RejectionReason.InvalidChunkEnd, out rejection);
    }

    private static OperationStatus Invalid(RejectionReason reason, out RejectionReason rejection)
    {
        rejection = reason;
        return OperationStatus.InvalidData;
    }
}
