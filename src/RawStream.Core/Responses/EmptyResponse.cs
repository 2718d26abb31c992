namespace RawStream.Responses;

/// <summary>A status and fields, and no content.</summary>
internal sealed class EmptyResponse(int status) : Response
{
    private readonly int _status = CheckStatus(status, hasContent: false);

    protected internal override ValueTask WriteAsync(Request request, ResponseWriter response)
    {
        SetFields(response, _status, contentType: null);
        return default;
    }
}
