using System.Collections;
using RawStream.Http1;

namespace RawStream;

/// <summary>
/// The query of a request-target as names and values, decoded as forms are: <c>+</c> is a space, <c>%xx</c> a byte of UTF-8
/// (WHATWG URL, application/x-www-form-urlencoded).
/// </summary>
public sealed class Query : IEnumerable<KeyValuePair<string, string>>
{
    internal static readonly Query Empty = new([]);

    private readonly List<KeyValuePair<string, string>> _pairs = [];

    internal Query(ReadOnlySpan<byte> query)
    {
        foreach (var range in query.Split((byte)'&'))
        {
            var pair = query[range];
            if (pair.IsEmpty) continue;
            var equals = pair.IndexOf((byte)'=');
            _pairs.Add(equals < 0 ? new(Decode(pair), "") : new(Decode(pair[..equals]), Decode(pair[(equals + 1)..])));
        }
    }

    /// <summary>How many pairs there are.</summary>
    public int Count => _pairs.Count;

    /// <summary>The first value of that name, "" where it has none, or null where the name is absent. Case counts.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var pair in _pairs)
                if (pair.Key == name)
                    return pair.Value;
            return null;
        }
    }

    /// <summary>Each pair in its order.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _pairs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static string Decode(ReadOnlySpan<byte> text) => PercentEncoding.Decode(text, plusIsSpace: true);
}
