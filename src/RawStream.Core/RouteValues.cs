using System.Collections;
using RawStream.Diagnostics;

namespace RawStream;

/// <summary>What the braces of a route pattern matched, percent-decoded: <c>id</c> in <c>GET /orders/{id}</c>.</summary>
public sealed class RouteValues : IEnumerable<KeyValuePair<string, string>>
{
    internal static readonly RouteValues None = new([]);

    private readonly KeyValuePair<string, string>[] _values;

    internal RouteValues(KeyValuePair<string, string>[] values) => _values = values;

    /// <summary>The value of a name in the pattern.</summary>
    /// <exception cref="KeyNotFoundException">The pattern of this route has no such name.</exception>
    public string this[string name]
    {
        get
        {
            foreach (var pair in _values)
                if (pair.Key == name)
                    return pair.Value;
            throw new KeyNotFoundException($"The pattern of this route has no {{{Printable.Of(name)}}}.");
        }
    }

    /// <summary>Each name with its value.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _values.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
