using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace RawStream.Forms;

/// <summary>A field or a file of a form, to be read before the next one is asked for.</summary>
public sealed class FormPart
{
    private const int CopySize = 32 * 1024;

    private readonly PartBody _body;

    /// <exception cref="BadRequestException">Its header names no field.</exception>
    internal FormPart(MultipartSection section, PartBody body)
    {
        var disposition = section.GetContentDispositionHeader();
        if (disposition is null || !disposition.DispositionType.Equals("form-data", StringComparison.OrdinalIgnoreCase) || !disposition.Name.HasValue)
            throw new BadRequestException("A part has no 'Content-Disposition: form-data; name=…' (RFC 7578 §4.2).");
        Name = disposition.Name.ToString();
        FileName = Forms.FileName.Of(Encoded(disposition).HasValue ? disposition.FileNameStar.ToString() : disposition.FileName.Value);
        ContentType = section.ContentType ?? "text/plain";
        _body = body;
    }

    /// <summary>The parameter <c>filename*</c> as it was sent (RFC 8187).</summary>
    private static StringSegment Encoded(ContentDispositionHeaderValue disposition)
    {
        var parameter = disposition.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("filename*", StringComparison.OrdinalIgnoreCase));
        if (parameter is { Value.HasValue: false }) throw new BadRequestException("A part has a 'filename*' without a value (RFC 8187 §3.2).");
        return parameter?.Value ?? default;
    }

    /// <summary>The name of the field; several parts may have one.</summary>
    public string Name { get; }

    /// <summary>
    /// The name of a file on the client's machine, without folders and without characters that are not for names: up to 255 bytes as UTF-8. Null for a field, and for a file
    /// input in which no file was chosen. It is what the client wants it to be: choose names of your own to store files under.
    /// </summary>
    public string? FileName { get; }

    /// <summary>What the client says that it is; text/plain where it says nothing (RFC 7578 §4.4).</summary>
    public string ContentType { get; }

    /// <summary>
    /// The content as it arrives, to be read asynchronously. One that is too large, malformed, or cut off throws a <see cref="BadRequestException"/>: what was read to its end
    /// is complete.
    /// </summary>
    public Stream Body => _body;

    /// <summary>The content as text, UTF-8; what is not UTF-8 becomes U+FFFD.</summary>
    /// <param name="maxBytes">More are refused with 413.</param>
    /// <exception cref="BadRequestException">As for <see cref="Body"/>.</exception>
    public async ValueTask<string> ReadTextAsync(int maxBytes = 64 * 1024)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        _body.MostBytes = Math.Min(_body.MostBytes, maxBytes);
        using var text = new MemoryStream();
        await _body.CopyToAsync(text);
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    /// <summary>Writes the content to a new file. One that could not be written whole is deleted.</summary>
    /// <param name="path">Where there is no file yet. Do not build it from what the client sent.</param>
    /// <param name="progress">Is told how many bytes are written, after each piece of up to 32 KiB.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How many bytes it has.</returns>
    /// <exception cref="IOException">There is such a file, or it cannot be written.</exception>
    /// <exception cref="BadRequestException">As for <see cref="Body"/>.</exception>
    public async Task<long> SaveAsAsync(string path, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
        try
        {
            await using (file) return await CopyAsync(file, progress, cancellationToken);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    private async Task<long> CopyAsync(FileStream file, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var buffer = new byte[CopySize];
        long written = 0;
        while (await _body.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            written += count;
            progress?.Report(written);
        }
        return written;
    }
}
