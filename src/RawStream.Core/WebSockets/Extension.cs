using System.Buffers;
using RawStream.Http1;

namespace RawStream.WebSockets;

// Sec-WebSocket-Extensions (RFC 6455 §9.1):
//
//   1#extension, extension = token *( ";" token [ "=" (token | quoted-string) ] )
//
//   permessage-deflate; client_max_window_bits; server_max_window_bits="10", x-other

/// <summary>One offered extension.</summary>
/// <param name="Name">A token.</param>
/// <param name="Parameters">In their order, with the value of each that has one.</param>
internal sealed record Extension(string Name, IReadOnlyList<(string Name, string? Value)> Parameters)
{
    private static readonly SearchValues<char> Delimiters = SearchValues.Create(";,= \t\"");

    /// <summary>All that a client offers, best first.</summary>
    /// <exception cref="BadRequestException">The field is malformed.</exception>
    public static IReadOnlyList<Extension> ReadAll(string field)
    {
        var extensions = new List<Extension>();
        var rest = field.AsSpan();
        do
        {
            var name = TakeToken(ref rest);
            var parameters = new List<(string Name, string? Value)>();
            while (TryTake(ref rest, ';'))
            {
                var parameter = TakeToken(ref rest);
                parameters.Add((parameter, TryTake(ref rest, '=') ? TakeValue(ref rest) : null));
            }
            extensions.Add(new Extension(name, parameters));
        }
        while (TryTake(ref rest, ','));
        return rest.IsEmpty ? extensions : throw Malformed();
    }

    private static bool TryTake(ref ReadOnlySpan<char> rest, char delimiter)
    {
        rest = rest.TrimStart(" \t");
        if (!rest.StartsWith([delimiter])) return false;
        rest = rest[1..];
        return true;
    }

    private static string TakeToken(ref ReadOnlySpan<char> rest)
    {
        rest = rest.TrimStart(" \t");
        var end = rest.IndexOfAny(Delimiters);
        var token = end < 0 ? rest : rest[..end];
        if (!Grammar.IsToken(token)) throw Malformed();
        rest = rest[token.Length..];
        return token.ToString();
    }

    /// <summary>What a quoted-string holds has to be a token, too.</summary>
    private static string TakeValue(ref ReadOnlySpan<char> rest)
    {
        if (!TryTake(ref rest, '"')) return TakeToken(ref rest);
        var value = new System.Text.StringBuilder();
        while (!rest.IsEmpty && rest[0] != '"')
        {
            if (rest[0] == '\\') rest = rest[1..];
            if (rest.IsEmpty) throw Malformed();
            value.Append(rest[0]);
            rest = rest[1..];
        }
        if (!TryTake(ref rest, '"') || !Grammar.IsToken(value.ToString())) throw Malformed();
        return value.ToString();
    }

    private static BadRequestException Malformed() => new("Sec-WebSocket-Extensions is not a list of extensions (RFC 6455 §9.1).");
}
