namespace RawStream.Http1;

internal enum BodyLength : byte
{
    None,
    ContentLength,
    Chunked,
}

// How long is the body of a request? (RFC 9112 §6.3, over the finished head)
//
//   1. Transfer-Encoding: it must be chunked, chunked last, and alone; then the chunks say it.
//   2. Content-Length: it must be one decimal number; then that is it.
//   3. Neither: there is no body.
//
// What is ambiguous is refused, never repaired: two parties that repair differently disagree about where the next request
// starts, and that is request smuggling (RFC 9112 §11.2).

/// <summary>Answers how long a request body is. Nothing else in the server decides that.</summary>
internal readonly record struct MessageFraming(BodyLength Kind, long Length)
{
    private const long Longest = long.MaxValue / 10 - 1; // One more digit still fits.

    public static RejectionReason Of(RequestHead head, out MessageFraming framing)
    {
        framing = default;
        var fields = head.Fields;
        var transferEncoding = fields.IndexOf("transfer-encoding"u8);
        var contentLength = fields.IndexOf("content-length"u8);

        if (transferEncoding >= 0)
        {
            if (head.IsHttp10) return RejectionReason.TransferEncodingInHttp10;
            if (contentLength >= 0) return RejectionReason.ContentLengthWithTransferEncoding;
            framing = new MessageFraming(BodyLength.Chunked, -1);
            return ReadTransferEncoding(fields, transferEncoding);
        }
        if (contentLength >= 0)
        {
            if (fields.IndexOf("content-length"u8, contentLength + 1) >= 0) return RejectionReason.MultipleContentLengths;
            if (!TryReadLength(fields.Value(contentLength), out var length)) return RejectionReason.InvalidContentLength;
            framing = new MessageFraming(BodyLength.ContentLength, length);
        }
        return RejectionReason.None;
    }

    /// <summary><c>Transfer-Encoding = #transfer-coding</c>, over all its lines in their order (RFC 9110 §5.3).</summary>
    private static RejectionReason ReadTransferEncoding(RequestHeaders fields, int index)
    {
        var codings = 0;
        var chunked = 0;
        var lastIsChunked = false;
        for (; index >= 0; index = fields.IndexOf("transfer-encoding"u8, index + 1))
        {
            var value = fields.Value(index);
            foreach (var range in value.Split((byte)','))
            {
                var coding = Grammar.TrimOws(value[range]);
                if (!Grammar.IsToken(coding)) return RejectionReason.InvalidTransferEncoding;
                lastIsChunked = Grammar.EqualsIgnoreCase(coding, "chunked"u8);
                if (lastIsChunked) chunked++;
                codings++;
            }
        }
        if (!lastIsChunked || chunked != 1) return RejectionReason.ChunkedNotLast;
        return codings == 1 ? RejectionReason.None : RejectionReason.UnsupportedTransferCoding;
    }

    /// <summary><c>Content-Length = 1*DIGIT</c> (RFC 9110 §8.6). A list of equal numbers is refused like any other list.</summary>
    private static bool TryReadLength(ReadOnlySpan<byte> value, out long length)
    {
        length = 0;
        if (value.IsEmpty) return false;
        foreach (var digit in value)
        {
            if (!char.IsAsciiDigit((char)digit) || length > Longest) return false;
            length = length * 10 + (digit - '0');
        }
        return true;
    }
}
