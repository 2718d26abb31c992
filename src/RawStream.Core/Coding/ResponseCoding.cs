using RawStream.Streaming;

namespace RawStream.Coding;

/// <summary>
/// Decides about the content coding of responses, and makes their coders. The server knows only this: a program that does not compress carries no compressor.
/// </summary>
internal abstract class ResponseCoding
{
    /// <summary>Whether content of that type and length may be coded at all.</summary>
    /// <param name="contentType">What Content-Type says.</param>
    /// <param name="length">Negative where it is not known.</param>
    public abstract bool Concerns(string? contentType, long length);

    /// <summary>The coding for a response, identity for none. Where it depends on the client, Vary is set.</summary>
    /// <param name="request">The fields of the request.</param>
    /// <param name="status">The status code of the response.</param>
    /// <param name="fields">Its fields, which say already what the handler had to say.</param>
    /// <param name="length">Of the content; negative where it is not known.</param>
    /// <param name="possible">The codings that this response can have.</param>
    public abstract ContentCodings Choose(RequestHeaders request, int status, ResponseHeaders fields, long length, ContentCodings possible = ContentCodings.All);

    /// <summary>Says in the fields that the content is coded.</summary>
    public abstract void Announce(ResponseHeaders fields, ContentCodings coding);

    /// <param name="coding">Not identity.</param>
    /// <param name="length">Of the content; negative for a stream.</param>
    public abstract ContentCoder NewCoder(ContentCodings coding, long length);

    /// <summary>A coder of gzip for the blocks of a <see cref="GzipMember"/>.</summary>
    public abstract ContentCoder NewBlockCoder();

    /// <summary>Content that is there as a whole, coded; null when it does not become shorter.</summary>
    public byte[]? Encode(ContentCodings coding, ReadOnlySpan<byte> content)
    {
        using var coder = NewCoder(coding, content.Length);
        using var output = PooledBuffer.Rent();
        coder.Write(content, output);
        coder.Finish(output);
        return output.Span.Length < content.Length ? output.Span.ToArray() : null;
    }
}
