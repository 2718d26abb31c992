using System.Buffers;

namespace RawStream.Http1;

// One field of a head or a trailer section (RFC 9112 §5):
//
//   field-line  = field-name ":" OWS field-value OWS
//   field-name  = token
//   field-value = *( VCHAR / obs-text / SP / HTAB ), trimmed
//
//   Accept: text/event-stream

/// <summary>Where the name and the value of a field line stand. Offsets count from the first byte of its message.</summary>
internal readonly record struct FieldLine(int NameStart, int NameLength, int ValueStart, int ValueLength)
{
    /// <summary>
    /// Reads one line at the front of <paramref name="input"/>, which stands at <paramref name="offset"/> of its message.
    /// Done with <paramref name="consumed"/> 2 and no name is the empty line that ends the section.
    /// </summary>
    public static OperationStatus Read(ReadOnlySpan<byte> input, int offset, out FieldLine line, out int consumed, out RejectionReason rejection)
    {
        line = default;
        consumed = 0;
        rejection = RejectionReason.None;

        var nameLength = input.IndexOfAnyExcept(Grammar.TokenBytes);
        if (nameLength < 0) return OperationStatus.NeedMoreData;
        if (input[nameLength] != ':') return ReadNoName(input, nameLength, out consumed, out rejection);
        if (nameLength == 0) return Invalid(RejectionReason.InvalidFieldName, out rejection);

        var valueStart = nameLength + 1;
        if (valueStart < input.Length && input[valueStart] == ' ') valueStart++; // As nearly everybody writes it.
        var rawLength = input[valueStart..].IndexOfAny(Grammar.ControlBytes);
        if (rawLength < 0) return OperationStatus.NeedMoreData;

        var end = ReadLineEnd(input[(valueStart + rawLength)..], RejectionReason.InvalidFieldValue, out rejection);
        if (end != OperationStatus.Done) return end;

        consumed = valueStart + rawLength + 2;
        var value = input.Slice(valueStart, rawLength);
        var leading = 0;
        while (leading < value.Length && IsOws(value[leading])) leading++;
        var length = value.Length;
        while (length > leading && IsOws(value[length - 1])) length--;
        line = new FieldLine(offset, nameLength, offset + valueStart + leading, length - leading);
        return OperationStatus.Done;
    }

    private static bool IsOws(byte b) => b is (byte)' ' or (byte)'\t';

    /// <summary>What stands where a name, or the colon after it, should be.</summary>
    private static OperationStatus ReadNoName(ReadOnlySpan<byte> input, int nameLength, out int consumed, out RejectionReason rejection)
    {
        consumed = 0;
        var isOws = IsOws(input[nameLength]);
        if (nameLength > 0) return Invalid(isOws ? RejectionReason.SpaceBeforeColon : RejectionReason.InvalidFieldName, out rejection);
        if (isOws) return Invalid(RejectionReason.LineFolding, out rejection);
        var end = ReadLineEnd(input, RejectionReason.InvalidFieldName, out rejection);
        if (end == OperationStatus.Done) consumed = 2;
        return end;
    }

    /// <summary>CR LF, or the reason why not: a bare CR or LF, or some other byte that cannot stand here.</summary>
    private static OperationStatus ReadLineEnd(ReadOnlySpan<byte> input, RejectionReason otherwise, out RejectionReason rejection)
    {
        rejection = RejectionReason.None;
        if (input[0] != '\r') return Invalid(input[0] == '\n' ? RejectionReason.InvalidLineEnd : otherwise, out rejection);
        if (input.Length == 1) return OperationStatus.NeedMoreData;
        return input[1] == '\n' ? OperationStatus.Done : Invalid(RejectionReason.InvalidLineEnd, out rejection);
    }

    private static OperationStatus Invalid(RejectionReason reason, out RejectionReason rejection)
    {
        rejection = reason;
        return OperationStatus.InvalidData;
    }
}
