using System.Text;

namespace RawStream.Http1;

// What a query and a form have in common (WHATWG URL §5.1, application/x-www-form-urlencoded):
//
//   name "=" value *( "&" name "=" value )     q=a+b&tag=%C3%A9&empty=&alone

/// <summary>One pair, without the "&amp;": <c>+</c> is a space, <c>%xx</c> a byte of UTF-8. A name without "=" has the value "".</summary>
internal static class UrlEncoded
{
    public static string Name(ReadOnlySpan<byte> pair) => Decode(EncodedName(pair));

    public static string Value(ReadOnlySpan<byte> pair) => pair.IndexOf((byte)'=') is >= 0 and var equals ? Decode(pair[(equals + 1)..]) : "";

    /// <summary>Whether it has this name; case counts.</summary>
    public static bool IsName(ReadOnlySpan<byte> pair, string name)
    {
        var encoded = EncodedName(pair);
        return encoded.ContainsAny((byte)'%', (byte)'+') || !Ascii.IsValid(encoded) ? Decode(encoded) == name : Ascii.Equals(encoded, name);
    }

    private static ReadOnlySpan<byte> EncodedName(ReadOnlySpan<byte> pair) => pair.IndexOf((byte)'=') is >= 0 and var equals ? pair[..equals] : pair;

    private static string Decode(ReadOnlySpan<byte> text) => PercentEncoding.Decode(text, plusIsSpace: true);
}
