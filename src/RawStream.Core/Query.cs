using System.Collections;
using RawStream.Http1;

namespace RawStream;

/// <summary>
/// The query of a request-target as names and values, decoded as forms are: <c>+</c> is a space, <c>%xx</c> a byte of UTF-8
/// (WHATWG URL, application/x-www-form-urlencoded). Text is made of a pair when it is asked for, and not before.
/// </summary>
public sealed class Query : IEnumerable<KeyValuePair<string, string>>
{
    private readonly RequestHead _head;

    internal Query(RequestHead head) => _head = head;

    /// <summary>How many pairs there are.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var range in Pairs)
                if (!_head.Query[range].IsEmpty) count++;
            return count;
        }
    }

    /// <summary>The first value of that name, "" where it has none, or null where the name is absent. Case counts.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var range in Pairs)
            {
                var pair = _head.Query[range];
                if (!pair.IsEmpty && UrlEncoded.IsName(pair, name)) return UrlEncoded.Value(pair);
            }
            return null;
        }
    }

    /// <summary>Each pair in its order.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var range in Pairs)
        {
            var pair = _head.Query[range];
            if (!pair.IsEmpty) pairs.Add(new(UrlEncoded.Name(pair), UrlEncoded.Value(pair)));
        }
        return pairs.GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private MemoryExtensions.SpanSplitEnumerator<byte> Pairs => _head.Query.Split((byte)'&');
}
