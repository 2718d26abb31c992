using System.Collections;
using RawStream.Http1;

namespace RawStream;

/// <summary>
/// A form that was sent as <c>application/x-www-form-urlencoded</c>: names and values, decoded (WHATWG URL §5.1). It is the reader's to keep.
/// </summary>
public sealed class Form : IEnumerable<KeyValuePair<string, string>>
{
    private const string MediaType = "application/x-www-form-urlencoded";

    private readonly List<KeyValuePair<string, string>> _fields = [];

    /// <exception cref="BadRequestException">413: there are more fields.</exception>
    internal Form(ReadOnlySpan<byte> body, int maxFields)
    {
        foreach (var range in body.Split((byte)'&'))
        {
            var pair = body[range];
            if (pair.IsEmpty) continue;
            if (_fields.Count == maxFields) throw new BadRequestException($"The form has more than {maxFields} fields.", 413);
            _fields.Add(new(UrlEncoded.Name(pair), UrlEncoded.Value(pair)));
        }
    }

    /// <summary>How many fields there are.</summary>
    public int Count => _fields.Count;

    /// <summary>The first value of that name, "" where it has none, or null where the name is absent. Case counts.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var value in GetValues(name)) return value;
            return null;
        }
    }

    /// <summary>Each value of that name, in their order: check boxes and multiple choices.</summary>
    public IEnumerable<string> GetValues(string name)
    {
        foreach (var field in _fields)
            if (field.Key == name)
                yield return field.Value;
    }

    /// <summary>Each field in its order.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Its parameters mean nothing: it is UTF-8 (WHATWG URL §5.1).</summary>
    internal static bool IsTypeOf(string? contentType)
    {
        var type = contentType.AsSpan();
        if (type.IndexOf(';') is >= 0 and var semicolon) type = type[..semicolon];
        return type.Trim().Equals(MediaType, StringComparison.OrdinalIgnoreCase);
    }
}
