using RawStream.Http1;

namespace RawStream.Coding;

// Which content codings a client takes (RFC 9110 §12.5.3):
//
//   Accept-Encoding = #( codings [ weight ] )
//   codings         = content-coding / "identity" / "*"
//   weight          = OWS ";" OWS "q=" qvalue
//   qvalue          = ( "0" [ "." *3DIGIT ] ) / ( "1" [ "." *3"0" ] )
//
//   Accept-Encoding: br, gzip;q=0.8, *;q=0
//
// A member that is malformed says nothing; of two members for one coding the first counts.

/// <summary>The codings that a client takes, each with its weight in thousandths.</summary>
internal readonly struct AcceptEncoding
{
    private const short Unlisted = -1;
    private const short Highest = 1000;

    private readonly short _brotli = Unlisted;
    private readonly short _gzip = Unlisted;
    private readonly short _identity = Unlisted;

    /// <summary>What the Accept-Encoding lines of a request say.</summary>
    private AcceptEncoding(RequestHeaders fields)
    {
        var any = Unlisted;
        for (var line = fields.IndexOf("accept-encoding"u8); line >= 0; line = fields.IndexOf("accept-encoding"u8, line + 1))
        {
            var rest = fields.Value(line);
            while (!rest.IsEmpty)
            {
                var comma = rest.IndexOf((byte)',');
                var member = comma < 0 ? rest : rest[..comma];
                rest = comma < 0 ? default : rest[(comma + 1)..];

                var semicolon = member.IndexOf((byte)';');
                var name = Grammar.TrimOws(semicolon < 0 ? member : member[..semicolon]);
                var weight = semicolon < 0 ? Highest : ReadWeight(Grammar.TrimOws(member[(semicolon + 1)..]));
                if (weight == Unlisted) continue;
                if (Is(name, "br"u8)) Keep(ref _brotli, weight);
                else if (Is(name, "gzip"u8) || Is(name, "x-gzip"u8)) Keep(ref _gzip, weight);
                else if (Is(name, "identity"u8)) Keep(ref _identity, weight);
                else if (Is(name, "*"u8)) Keep(ref any, weight);
            }
        }
        if (any == Unlisted) return;
        Keep(ref _brotli, any);
        Keep(ref _gzip, any);
        if (any == 0) Keep(ref _identity, any); // "*" excludes identity, but does not ask for it.
    }

    public static AcceptEncoding Of(RequestHeaders fields) => new(fields);

    /// <summary>
    /// The coding with the highest weight among those that there are; where the client does not mind, the preferred one, and any before identity. A client
    /// that has sent no field gets identity. <see cref="ContentCodings.None"/>: it takes nothing that there is.
    /// </summary>
    public ContentCodings Choose(ContentCodings available, ContentCodings preferred = ContentCodings.Brotli)
    {
        var best = ContentCodings.None;
        var weight = (short)0;
        if (preferred == ContentCodings.Gzip) Consider(ContentCodings.Gzip, _gzip);
        Consider(ContentCodings.Brotli, _brotli);
        Consider(ContentCodings.Gzip, _gzip);
        Consider(ContentCodings.Identity, _identity);
        if (best == ContentCodings.None && _identity == Unlisted) best = available & ContentCodings.Identity;
        return best;

        void Consider(ContentCodings coding, short itsWeight)
        {
            if ((available & coding) == 0 || itsWeight <= weight) return;
            (best, weight) = (coding, itsWeight);
        }
    }

    /// <summary>In thousandths, or <see cref="Unlisted"/> when it is no weight.</summary>
    private static short ReadWeight(ReadOnlySpan<byte> text)
    {
        if (text.Length < 3 || (text[0] | 0x20) != 'q' || text[1] != '=') return Unlisted;
        var value = text[2..];
        if (value[0] is not ((byte)'0' or (byte)'1')) return Unlisted;
        if (value.Length > 1 && value[1] != '.') return Unlisted;
        var fraction = value.Length > 2 ? value[2..] : default;
        if (fraction.Length > 3 || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return Unlisted;
        var weight = value[0] - '0';
        for (var i = 0; i < 3; i++) weight = weight * 10 + (i < fraction.Length ? fraction[i] - '0' : 0);
        return weight > Highest ? Unlisted : (short)weight;
    }

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> other) => Grammar.EqualsIgnoreCase(name, other);

    private static void Keep(ref short weight, short found)
    {
        if (weight == Unlisted) weight = found;
    }
}
