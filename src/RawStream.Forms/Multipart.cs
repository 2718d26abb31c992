using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace RawStream.Forms;

// A form with files (RFC 7578), between boundaries that its Content-Type names (RFC 2046 §5.1.1):
//
//   Content-Type: multipart/form-data; boundary=x
//
//   --x␍␊
//   Content-Disposition: form-data; name="title"␍␊
//   ␍␊
//   Holidays␍␊
//   --x␍␊
//   Content-Disposition: form-data; name="photo"; filename="beach.jpg"␍␊
//   Content-Type: image/jpeg␍␊
//   ␍␊
//   …␍␊
//   --x--␍␊

/// <summary>Reads <c>multipart/form-data</c>, what HTML forms with files, <c>FormData</c> and <c>curl -F</c> send.</summary>
public static class Multipart
{
    // A part is handed out in pieces of up to this size.
    private const int BufferSize = 32 * 1024;

    /// <summary>bcharsnospace *69bchars</summary>
    private const int LongestBoundary = 70;

    /// <summary>
    /// The parts as they arrive, each to be read before the next one is asked for; what is left unread of it is passed over. Nothing is kept in memory but a buffer of 32 KiB.
    /// </summary>
    /// <param name="request">Whose body was not read yet.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="BadRequestException">
    /// 415: it is not multipart/form-data. 400: it is malformed, or ends early, also while a part is read. 413: it crosses a bound.
    /// </exception>
    public static IAsyncEnumerable<FormPart> ReadPartsAsync(this Request request, MultipartOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        options ??= MultipartOptions.Default;
        var reader = new MultipartReader(Boundary(request.Headers["Content-Type"]), request.Body.AsStream(), BufferSize)
        {
            HeadersLengthLimit = options.HeaderBytes,
            HeadersCountLimit = options.HeaderFields,
        };
        return ReadAsync(reader, options, cancellationToken);
    }

    private static async IAsyncEnumerable<FormPart> ReadAsync(MultipartReader reader, MultipartOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var count = 0;
        while (await ReadSectionAsync(reader, cancellationToken) is { } section)
        {
            if (++count > options.Parts) throw new BadRequestException($"The form has more than {options.Parts} parts.", 413);
            var body = new PartBody(section.Body, options.PartBytes);
            yield return new FormPart(section, body);
            await body.PassOverAsync(cancellationToken);
        }
    }

    private static async Task<MultipartSection?> ReadSectionAsync(MultipartReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadNextSectionAsync(cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new BadRequestException("The form is not multipart as its boundary says, ends early, or has a part whose header is malformed or too large.", inner: e);
        }
    }

    private static string Boundary(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
            throw new BadRequestException("A form is expected: multipart/form-data.", 415);
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        if (boundary.Length is 0 or > LongestBoundary) throw new BadRequestException("The Content-Type names no boundary of 1 to 70 characters (RFC 2046 §5.1.1).");
        return boundary;
    }
}
