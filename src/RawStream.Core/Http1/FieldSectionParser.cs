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
            end = 0;
            var rest = message[_position..];
            if (rest.StartsWith("\r\n"u8))
            {
                end = _position + 2;
                rejection = RejectionReason.None;
                return OperationStatus.Done;
            }
            var status = FieldLine.Read(rest, _position, fields, out var length, out rejection);
            if (status != OperationStatus.Done || _position + length - _start > maxBytes) return CheckSize(status, rest, fields, ref rejection);
            if (fields.Count > maxFields) return Invalid(RejectionReason.TooManyFields, out rejection);
            _position += length;
        }
    }

    /// <summary>What is too large is looked at no further: a refusal must not depend on how much has come. The CR that ends the section is not counted.</summary>
    private readonly OperationStatus CheckSize(OperationStatus status, ReadOnlySpan<byte> rest, RequestHeaders fields, ref RejectionReason rejection)
    {
        var room = maxBytes - (_position - _start);
        if (rest.Length <= room || rest is [(byte)'\r']) return status;
        status = FieldLine.Read(rest[..room], _position, fields, out _, out rejection);
        return status == OperationStatus.InvalidData ? status : Invalid(RejectionReason.FieldsTooLarge, out rejection);
    }

    private static OperationStatus Invalid(RejectionReason reason, out RejectionReason rejection)
    {
        rejection = reason;
        return OperationStatus.InvalidData;
    }
}
