using System.Buffers;

namespace RawStream.Http1;

// The fields of a head, and the trailers of a chunked body (RFC 9112 §5, §7.1.2):
//
//   *( field-line CRLF ) CRLF

/// <summary>
/// Reads a field section line by line. A line is parsed once, when it is complete: a head that comes in slowly is not parsed
/// again from its start.
/// </summary>
internal struct FieldSectionParser(int maxBytes, int maxFields)
{
    private int _start;
    private int _position;

    /// <summary>Where the section starts in its message.</summary>
    public void StartAt(int position) => _start = _position = position;

    /// <summary>Reads on in <paramref name="message"/>, whose first bytes are the same as in the call before.</summary>
    /// <param name="message">The message from its first byte.</param>
    /// <param name="fields">Gets each field.</param>
    /// <param name="end">When Done: where the section ends.</param>
    /// <param name="rejection">When InvalidData: why.</param>
    public OperationStatus Read(ReadOnlySpan<byte> message, RequestHeaders fields, out int end, out RejectionReason rejection)
    {
        while (true)
        {
            var status = FieldLine.Read(message[_position..], _position, out var line, out var consumed, out rejection);
            end = _position + consumed;
            if (status == OperationStatus.InvalidData) return status;
            if ((status == OperationStatus.Done ? end : message.Length) - _start > maxBytes + 2)
                return Invalid(RejectionReason.FieldsTooLarge, out rejection);
            if (status == OperationStatus.NeedMoreData) return status;

            _position = end;
            if (line.NameLength == 0) return OperationStatus.Done;
            if (fields.Count == maxFields) return Invalid(RejectionReason.TooManyFields, out rejection);
            fields.Add(line);
        }
    }

    private static OperationStatus Invalid(RejectionReason reason, out RejectionReason rejection)
    {
        rejection = reason;
        return OperationStatus.InvalidData;
    }
}
