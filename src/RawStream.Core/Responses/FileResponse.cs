using System.Globalization;

namespace RawStream.Responses;

/// <summary>A file from its first byte to its last.</summary>
internal sealed class FileResponse(string path, string contentType) : Response
{
    // Reads of this size keep the writer's buffer full and no more.
    private const int ReadSize = 32 * 1024;

    protected internal override async ValueTask WriteAsync(Request request, ResponseWriter response)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        var remaining = file.Length;
        SetFields(response, 200, contentType);
        response.Headers["Content-Length"] = remaining.ToString(CultureInfo.InvariantCulture);
        await response.FlushAsync();
        while (remaining > 0)
        {
            var room = response.Body.GetMemory(ReadSize);
            var read = await file.ReadAsync(room[..(int)Math.Min(room.Length, remaining)]); // A client that is gone shows in the write.
            if (read == 0) return; // It has become shorter meanwhile; the client can tell by the length.
            response.Body.Advance(read);
            remaining -= read;
            await response.FlushAsync();
        }
    }
}
