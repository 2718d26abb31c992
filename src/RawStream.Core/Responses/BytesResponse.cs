using System.Buffers;
using System.Text;
using RawStream.Http1;

namespace RawStream.Responses;

/// <summary>Content that is there as a whole. Its field lines are encoded once.</summary>
internal sealed class BytesResponse : Response
{
    private readonly ReadOnlyMemory<byte> _content;
    private readonly string _contentType;
    private readonly int _status;
    private byte[]? _fieldLines;

    public BytesResponse(ReadOnlyMemory<byte> content, string contentType, int status)
    {
        _content = content;
        _contentType = CheckContentType(contentType);
        _status = CheckStatus(status, hasContent: true);
    }

    protected internal override ValueTask WriteAsync(Request request, ResponseWriter response)
    {
        if (response.IsUntouched && Headers?["Date"] is null) return response.Content.WriteWholeAsync(_status, _fieldLines ??= EncodeFields(), _content);
        SetFields(response, _status, _contentType);
        response.Headers["Content-Length"] = _content.Length.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return response.WriteAsync(_content);
    }

    private byte[] EncodeFields()
    {
        var lines = new ArrayBufferWriter<byte>();
        if (Headers?["Content-Type"] is null) ResponseHead.WriteField(lines, "Content-Type", _contentType);
        foreach (var (name, value) in Headers is null ? default : Headers.Fields) ResponseHead.WriteField(lines, name, value);
        return [.. lines.WrittenSpan, .. Encoding.ASCII.GetBytes($"Content-Length: {_content.Length}\r\n")];
    }
}
