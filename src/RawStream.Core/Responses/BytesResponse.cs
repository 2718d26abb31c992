using System.Buffers;
using System.Globalization;
using System.Text;
using RawStream.Coding;
using RawStream.Http1;

namespace RawStream.Responses;

/// <summary>Content that is there as a whole. Its field lines are encoded once, and so is its content, in each coding that is asked for.</summary>
internal sealed class BytesResponse : Response
{
    private readonly ReadOnlyMemory<byte> _content;
    private readonly string _contentType;
    private readonly int _status;
    private byte[]? _fieldLines;
    private byte[]? _gzip;   // Coded when it is first asked for; empty when that does not make it shorter.
    private byte[]? _brotli;

    public BytesResponse(ReadOnlyMemory<byte> content, string contentType, int status)
    {
        _content = content;
        _contentType = CheckContentType(contentType);
        _status = CheckStatus(status, hasContent: true);
    }

    protected internal override ValueTask WriteAsync(Request request, ResponseWriter response)
    {
        var coding = response.Content.Coding;
        if (coding is not null && !coding.Concerns(Headers?["Content-Type"] ?? _contentType, _content.Length)) coding = null;
        if (coding is null && response.IsUntouched && Headers?["Date"] is null) return response.Content.WriteWholeAsync(_status, _fieldLines ??= EncodeFields(), _content);
        SetFields(response, _status, _contentType);
        var content = coding is null ? _content : Encode(coding, request, response);
        response.Content.Coding = null; // It is decided.
        response.Headers["Content-Length"] = content.Length.ToString(CultureInfo.InvariantCulture);
        return response.WriteAsync(content);
    }

    private ReadOnlyMemory<byte> Encode(ResponseCoding coding, Request request, ResponseWriter response)
    {
        var kind = coding.Choose(request.Head.Fields, _status, response.Headers, _content.Length);
        if (kind == ContentCodings.Identity) return _content;
        ref var kept = ref kind == ContentCodings.Brotli ? ref _brotli : ref _gzip;
        var coded = kept ??= coding.Encode(kind, _content.Span) ?? [];
        if (coded.Length == 0) return _content;
        coding.Announce(response.Headers, kind);
        return coded;
    }

    private byte[] EncodeFields()
    {
        var lines = new ArrayBufferWriter<byte>();
        if (Headers?["Content-Type"] is null) ResponseHead.WriteField(lines, "Content-Type", _contentType);
        foreach (var (name, value) in Headers is null ? default : Headers.Fields) ResponseHead.WriteField(lines, name, value);
        return [.. lines.WrittenSpan, .. Encoding.ASCII.GetBytes($"Content-Length: {_content.Length}\r\n")];
    }
}
