using RawStream.Diagnostics;

namespace RawStream.Http1;

/// <summary>Fields that are lists of tokens, over all their lines (RFC 9110 §5.6.1).</summary>
internal static class ListField
{
    /// <summary>Whether one of the members is <paramref name="member"/>, in any case.</summary>
    public static bool Contains(RequestHeaders fields, ReadOnlySpan<byte> name, string member)
    {
        for (var i = fields.IndexOf(name); i >= 0; i = fields.IndexOf(name, i + 1))
        {
            var value = fields.Value(i);
            foreach (var range in value.Split((byte)','))
                if (System.Text.Ascii.EqualsIgnoreCase(Grammar.TrimOws(value[range]), member))
                    return true;
        }
        return false;
    }

    /// <summary><c>protocol = token [ "/" token ]</c> (RFC 9110 §7.8).</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static void CheckProtocol(string protocol)
    {
        ArgumentNullException.ThrowIfNull(protocol);
        var slash = protocol.IndexOf('/');
        var name = slash < 0 ? protocol : protocol.AsSpan(0, slash);
        if (!Grammar.IsToken(name) || (slash >= 0 && !Grammar.IsToken(protocol.AsSpan(slash + 1))))
            throw new ArgumentException($"'{Printable.Of(protocol)}' is not the name of a protocol.", nameof(protocol));
    }
}
