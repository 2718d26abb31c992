using System.Buffers;

namespace RawStream.Http1;

// The head of a request (RFC 9112 §2.1):
//
//   request-line CRLF *( field-line CRLF ) CRLF
//
//   GET /tick HTTP/1.1␍␊
//   Host: localhost:8000␍␊
//   ␍␊

/// <summary>Parses request heads, as far as the input goes at each call. It does no I/O and takes no framing decision.</summary>
internal struct RequestHeadParser(HttpLimits limits)
{
    // RFC 9112 §2.2 asks to ignore at least one empty line before a request line; some clients send one after a body.
    private const int MaxEmptyLines = 4;

    private readonly HttpLimits _limits = limits;
    private FieldSectionParser _fields = new(limits.HeaderBytes, limits.HeaderFields);
    private bool _hasLine;
    private int _lineStart;

    /// <summary>Something has come that is not an empty line.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Ready for the next request.</summary>
    public void Reset()
    {
        HasBegun = false;
        _hasLine = false;
        _lineStart = 0;
    }

    /// <summary>
    /// Reads on in <paramref name="input"/>, which starts with the head's first byte at every call.
    /// </summary>
    /// <param name="input">All that was received of the head so far, and perhaps what follows it.</param>
    /// <param name="head">Gets the parts.</param>
    /// <param name="length">When Done: how many bytes the head takes.</param>
    /// <param name="rejection">When InvalidData: why.</param>
    public OperationStatus Parse(ReadOnlySpan<byte> input, RequestHead head, out int length, out RejectionReason rejection)
    {
        length = 0;
        if (!_hasLine)
        {
            var status = ReadRequestLine(input, head, out rejection);
            if (status != OperationStatus.Done) return status;
            _hasLine = true;
        }
        var result = _fields.Read(input, head.Fields, out length, out rejection);
        if (result == OperationStatus.Done) head.Fields.Keep(input[..length]);
        return result;
    }

    private OperationStatus ReadRequestLine(ReadOnlySpan<byte> input, RequestHead head, out RejectionReason rejection)
    {
        rejection = RejectionReason.None;
        head.IsHead = false;
        while (input[_lineStart..].StartsWith("\r\n"u8))
        {
            _lineStart += 2;
            if (_lineStart > 2 * MaxEmptyLines) return Invalid(RejectionReason.InvalidRequestLine, out rejection);
        }
        input = input[_lineStart..];
        HasBegun = input is not ([] or [(byte)'\r']);
        // Another protocol, such as TLS, may never send the end of a line: what begins like that is not waited for.
        if (input is [not ((byte)'\r' or (byte)'\n') and (< (byte)' ' or > (byte)'~'), ..]) return Invalid(RejectionReason.InvalidMethod, out rejection);
        var end = input.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0 || (end == input.Length - 1 && input[end] == '\r'))
            return input.Length > _limits.RequestLineBytes + 1 ? TooLong(input, out rejection) : OperationStatus.NeedMoreData;
        if (end > _limits.RequestLineBytes) return TooLong(input, out rejection);
        if (input[end] != '\r' || input[end + 1] != '\n') return Invalid(RejectionReason.InvalidLineEnd, out rejection);

        rejection = RequestLine.Read(input[..end], _lineStart, head);
        if (rejection != RejectionReason.None) return OperationStatus.InvalidData;
        var method = input[..head.MethodLength];
        head.IsHead = method.SequenceEqual("HEAD"u8);
        rejection = RequestTarget.Read(method, input.Slice(head.MethodLength + 1, head.TargetLength), head.TargetStart, head);
        if (rejection != RejectionReason.None) return OperationStatus.InvalidData;

        head.Fields.Clear();
        _fields.StartAt(_lineStart + end + 2);
        return OperationStatus.Done;
    }

    /// <summary>What is too long: the method (501), the target (414), or something that is no request line (400).</summary>
    private readonly OperationStatus TooLong(ReadOnlySpan<byte> line, out RejectionReason rejection)
    {
        line = line[.._limits.RequestLineBytes];
        var methodLength = line.IndexOfAnyExcept(Grammar.TokenBytes);
        if (methodLength < 0) return Invalid(RejectionReason.MethodTooLong, out rejection);
        var hasMethod = methodLength > 0 && line[methodLength] == ' ';
        return Invalid(hasMethod ? RejectionReason.TargetTooLong : RejectionReason.InvalidRequestLine, out rejection);
    }

    private static OperationStatus Invalid(RejectionReason reason, out RejectionReason rejection)
    {
        rejection = reason;
        return OperationStatus.InvalidData;
    }
}
