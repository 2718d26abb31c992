using System.Text;
using RawStream.Http1;

namespace RawStream.Middleware;

// What proxies tell, each at the right of those before it, in one field (RFC 7239 §4) or in several that stand side by side:
//
//   Forwarded         = 1#forwarded-element
//   forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] )
//   forwarded-pair    = token "=" ( token / quoted-string )
//
//   Forwarded: for=192.0.2.43;proto=https;host=app.example, for="[2001:db8::17]:4711"
//
//   X-Forwarded-For: 192.0.2.43, 2001:db8::17
//   X-Forwarded-Proto: https
//   X-Forwarded-Host: app.example

/// <summary>What one proxy tells of whoever has sent it the request; null for what it does not tell.</summary>
internal sealed record ForwardedElement(string? For, string? Proto, string? Host)
{
    private const string ListSeparators = ", \t"; // Empty members mean nothing (RFC 9110 §5.6.1).

    /// <summary>The last <paramref name="most"/> elements, the last one first. A list that has fewer members than another tells nothing at its left.</summary>
    public static IReadOnlyList<ForwardedElement> ReadXForwarded(RequestHeaders fields, ForwardedFields used, int most)
    {
        var addresses = LastMembers(ForwardedFields.For, "X-Forwarded-For");
        var schemes = LastMembers(ForwardedFields.Proto, "X-Forwarded-Proto");
        var hosts = LastMembers(ForwardedFields.Host, "X-Forwarded-Host");
        var elements = new ForwardedElement[Math.Max(addresses.Count, Math.Max(schemes.Count, hosts.Count))];
        for (var i = 0; i < elements.Length; i++) elements[i] = new(addresses.ElementAtOrDefault(i), schemes.ElementAtOrDefault(i), hosts.ElementAtOrDefault(i));
        return elements;

        List<string> LastMembers(ForwardedFields field, string name)
        {
            var members = new List<string>();
            var rest = used.HasFlag(field) ? fields[name].AsSpan() : default;
            while (!(rest = rest.TrimEnd(ListSeparators)).IsEmpty && members.Count < most)
            {
                var start = rest.LastIndexOf(',') + 1;
                members.Add(rest[start..].Trim().ToString());
                rest = rest[..start];
            }
            return members;
        }
    }

    /// <summary>The last <paramref name="most"/> elements, the last one first.</summary>
    /// <exception cref="BadRequestException">It is malformed: a client that leaves a quote open could hide what the proxies add behind it.</exception>
    public static IReadOnlyList<ForwardedElement> ReadForwarded(RequestHeaders fields, int most)
    {
        var elements = new List<ForwardedElement>();
        var rest = fields["Forwarded"].AsSpan();
        while (!(rest = rest.TrimStart(ListSeparators)).IsEmpty)
        {
            if (elements.Count == most) elements.RemoveAt(most - 1);
            elements.Insert(0, ReadElement(ref rest));
        }
        return elements;
    }

    private static ForwardedElement ReadElement(ref ReadOnlySpan<char> rest)
    {
        var element = new ForwardedElement(null, null, null);
        while (!rest.IsEmpty && rest[0] != ',')
        {
            if (rest[0] != ';') element = ReadPair(element, ref rest);
            rest = rest.TrimStart();
            if (rest.IsEmpty || rest[0] == ',') break;
            if (rest[0] != ';') throw Malformed();
            rest = rest[1..].TrimStart();
        }
        return element;
    }

    private static ForwardedElement ReadPair(ForwardedElement element, ref ReadOnlySpan<char> rest)
    {
        var equals = rest.IndexOf('=');
        if (equals < 0 || !Grammar.IsToken(rest[..equals])) throw Malformed();
        var name = rest[..equals];
        rest = rest[(equals + 1)..];
        var value = rest.StartsWith('"') ? ReadQuotedString(ref rest) : ReadToken(ref rest);
        if (name.Equals("for", StringComparison.OrdinalIgnoreCase)) return element with { For = value };
        if (name.Equals("proto", StringComparison.OrdinalIgnoreCase)) return element with { Proto = value };
        return name.Equals("host", StringComparison.OrdinalIgnoreCase) ? element with { Host = value } : element;
    }

    /// <summary>Up to what separates; an IPv6 address or a port should be quoted and is not always.</summary>
    private static string ReadToken(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny(",; \t");
        var token = end < 0 ? rest : rest[..end];
        if (token.IsEmpty || token.Contains('"')) throw Malformed();
        rest = rest[token.Length..];
        return token.ToString();
    }

    private static string ReadQuotedString(ref ReadOnlySpan<char> rest)
    {
        var text = new StringBuilder();
        for (var i = 1; i < rest.Length; i++)
        {
            if (rest[i] == '"')
            {
                rest = rest[(i + 1)..];
                return text.ToString();
            }
            if (rest[i] == '\\' && ++i == rest.Length) break;
            text.Append(rest[i]);
        }
        throw Malformed();
    }

    private static BadRequestException Malformed() => new("The Forwarded field is malformed (RFC 7239 §4).");
}
