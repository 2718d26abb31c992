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
        _contentType = contentType;
        _status = CheckStatus(status, hasContent: true);
    }

    protected internal override ValueTask WriteAsync(Request request, ResponseWriter response)
    {
        if (response.IsUntouched) return response.Content.WriteWholeAsync(_status, _fieldLines ??= EncodeFields(), _content);
        SetFields(response, _status, _contentType);
        response.Headers["Content-Length"] = _content.Length.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return response.WriteAsync(_content);
    }

    private byte[] EncodeFields()
    {
        var lines = new ArrayBufferWriter<byte>();
        var fields = new ResponseHeaders("") { ["Content-Type"] = _contentType };
        foreach (var (name, value) in Headers?.Fields ?? []) fields.Add(name, value);
        foreach (var (name, value) in fields) ResponseHead.WriteField(lines, name, value);
        return [.. lines.WrittenSpan, .. Encoding.ASCII.GetBytes($"Content-Length: {_content.Length}\r\n")];
    }
}
