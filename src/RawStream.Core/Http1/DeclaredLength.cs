using System.Globalization;

namespace RawStream.Http1;

/// <summary>What a handler has promised: the length of its content, by Content-Length (RFC 9110 §8.6).</summary>
internal static class DeclaredLength
{
    /// <summary>Negative where there is none.</summary>
    /// <exception cref="InvalidOperationException">It is not a number of bytes.</exception>
    public static long Of(ResponseHeaders fields)
    {
        var text = fields["Content-Length"];
        if (text is null) return -1;
        return long.TryParse(text, NumberStyles.None, null, out var length)
            ? length
            : throw new InvalidOperationException($"Content-Length is '{text}', which is not a number of bytes.");
    }

    public static InvalidOperationException TooLong() => new("The handler has written more than its Content-Length.");

    public static InvalidOperationException TooShort() => new("The handler has written less than its Content-Length.");
}
