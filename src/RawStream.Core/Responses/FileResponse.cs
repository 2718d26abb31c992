using RawStream.Files;

namespace RawStream.Responses;

/// <summary>A file, opened for each request.</summary>
internal sealed class FileResponse(string path, string contentType) : Response
{
    private readonly string _contentType = CheckContentType(contentType);

    protected internal override async ValueTask WriteAsync(Request request, ResponseWriter response)
    {
        using var file = new FileRepresentation(path);
        SetFields(response, 200, _contentType);
        await file.WriteAsync(request, response);
    }
}
