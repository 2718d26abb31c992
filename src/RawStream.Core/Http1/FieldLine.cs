using System.Buffers;

namespace RawStream.Http1;

// One field of a head or a trailer section (RFC 9112 §5):
//
//   field-line  = field-name ":" OWS field-value OWS
//   field-name  = token
//   field-value = *( VCHAR / obs-text / SP / HTAB ), trimmed
//
//   Accept: text/event-stream

/// <summary>Reads field lines.</summary>
internal static class FieldLine
{
    /// <summary>Reads one line at the front of <paramref name="input"/>, which stands at <paramref name="offset"/> of its message.</summary>
    /// <param name="input">From the first byte of the line on.</param>
    /// <param name="offset">Where that stands in its message.</param>
    /// <param name="fields">When Done: gets the field.</param>
    /// <param name="length">When Done: how many bytes the line takes, with its CRLF.</param>
    /// <param name="rejection">When InvalidData: why.</param>
    public static OperationStatus Read(ReadOnlySpan<byte> input, int offset, RequestHeaders fields, out int length, out RejectionReason rejection)
    {
        length = 0;
        rejection = RejectionReason.None;

        // Both searches start at the front, so that the processor can do them at a time, and begin with the next line meanwhile.
        var nameLength = input.IndexOfAnyExcept(Grammar.TokenBytes);
        var lineEnd = input.IndexOfAny(Grammar.ControlBytes);
        if (nameLength < 0) return OperationStatus.NeedMoreData;
        if (input[nameLength] != ':' || nameLength == 0) return RefuseName(input, nameLength, out rejection);

        if (lineEnd < 0) return OperationStatus.NeedMoreData;
        if (input[lineEnd] != '\r') return RefuseEnd(input[lineEnd], out rejection);
        if (lineEnd + 1 == input.Length) return OperationStatus.NeedMoreData;
        if (input[lineEnd + 1] != '\n') return RefuseEnd((byte)'\n', out rejection);

        length = lineEnd + 2;
        var valueStart = nameLength + 1;
        while (valueStart < lineEnd && IsOws(input[valueStart])) valueStart++;
        while (lineEnd > valueStart && IsOws(input[lineEnd - 1])) lineEnd--;
        fields.Add(offset, nameLength, offset + valueStart, lineEnd - valueStart);
        return OperationStatus.Done;
    }

    private static bool IsOws(byte b) => b is (byte)' ' or (byte)'\t';

    /// <summary>What stands where a name, or the colon after it, should be. A lone CR may be the start of the section's end.</summary>
    private static OperationStatus RefuseName(ReadOnlySpan<byte> input, int nameLength, out RejectionReason rejection)
    {
        rejection = (nameLength, input[nameLength]) switch
        {
            (0, (byte)' ' or (byte)'\t') => RejectionReason.LineFolding,
            (_, (byte)' ' or (byte)'\t') => RejectionReason.SpaceBeforeColon,
            (0, (byte)'\r') when input.Length == 1 => RejectionReason.None,
            (0, (byte)'\r' or (byte)'\n') => RejectionReason.InvalidLineEnd,
            _ => RejectionReason.InvalidFieldName,
        };
        return rejection == RejectionReason.None ? OperationStatus.NeedMoreData : OperationStatus.InvalidData;
    }

    /// <summary>A bare CR or LF, or a control character within the value.</summary>
    private static OperationStatus RefuseEnd(byte found, out RejectionReason rejection)
    {
        rejection = found == '\n' ? RejectionReason.InvalidLineEnd : RejectionReason.InvalidFieldValue;
        return OperationStatus.InvalidData;
    }
}
