using System.Collections;
using System.Text;
using RawStream.Diagnostics;
using RawStream.Http1;

namespace RawStream;

/// <summary>
/// The fields of a response, or its trailers, in the order in which they were set (RFC 9110 §5). They can be changed until the
/// first flush. Connection, Transfer-Encoding, Keep-Alive and Upgrade belong to the server; Date is added where it is not set.
/// </summary>
public sealed class ResponseHeaders : IEnumerable<KeyValuePair<string, string>>
{
    private const int FewFields = 2; // What most streams set.

    private readonly string _whenReadOnly;
    private readonly bool _areTrailers;
    private KeyValuePair<string, string>[] _fields = [];

    internal ResponseHeaders(string whenReadOnly, bool areTrailers)
    {
        _whenReadOnly = whenReadOnly;
        _areTrailers = areTrailers;
    }

    /// <summary>How many field lines there are.</summary>
    public int Count { get; private set; }

    internal bool IsReadOnly { get; set; }

    /// <summary>
    /// The value of a field; names are compared without regard to case. Null when it is not set. Setting it replaces all lines of that
    /// name; setting it to null removes them.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The name is not a token, belongs to the server, or the value holds CR, LF, NUL or another control character: it could start
    /// a field of its own, or end the head (RFC 9110 §5.5).
    /// </exception>
    /// <exception cref="InvalidOperationException">The head was sent already.</exception>
    public string? this[string name]
    {
        get
        {
            var index = IndexOf(name);
            return index < 0 ? null : _fields[index].Value;
        }
        set
        {
            if (value is null)
            {
                Remove(name);
                return;
            }
            Check(name, value);
            Remove(name);
            Add(name, value);
        }
    }

    /// <summary>Adds a line, beside others of the same name: for Set-Cookie, Link and the like.</summary>
    /// <exception cref="ArgumentException">As for setting a field.</exception>
    /// <exception cref="InvalidOperationException">The head was sent already.</exception>
    public void Add(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Check(name, value);
        Append(name, value.Trim(' '));
    }

    /// <summary>Removes all lines of that name; true when there was one.</summary>
    /// <exception cref="InvalidOperationException">The head was sent already.</exception>
    public bool Remove(string name)
    {
        ThrowIfReadOnly();
        var kept = 0;
        foreach (var field in Fields)
            if (!field.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                _fields[kept++] = field;
        var removed = Count - kept;
        _fields.AsSpan(kept, removed).Clear();
        Count = kept;
        return removed > 0;
    }

    /// <summary>Each line.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return _fields[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>What belongs to the server, and only it may say.</summary>
    internal void AddOwn(string name, string value)
    {
        ThrowIfReadOnly();
        Append(name, value);
    }

    internal ReadOnlySpan<KeyValuePair<string, string>> Fields => _fields.AsSpan(0, Count);

    /// <summary>Adds to Vary what a response depends on (RFC 9110 §12.5.5), unless it is there.</summary>
    internal void AddVary(string member)
    {
        foreach (var (name, value) in Fields)
            if (name.Equals("Vary", StringComparison.OrdinalIgnoreCase) && (Lists(value, member) || Lists(value, "*")))
                return;
        Add("Vary", member);
    }

    internal void Clear()
    {
        IsReadOnly = false;
        _fields.AsSpan(0, Count).Clear();
        Count = 0;
    }

    private void Append(string name, string value)
    {
        if (Count == _fields.Length) Array.Resize(ref _fields, Math.Max(FewFields, Count * 2));
        _fields[Count++] = new(name, value);
    }

    private void Check(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ThrowIfReadOnly();
        if (!Grammar.IsToken(name)) throw new ArgumentException($"'{Printable.Of(name)}' is not a field name.", nameof(name));
        if (BelongsToServer(name)) throw new ArgumentException($"{name} is set by the server, which knows how the connection goes on.", nameof(name));
        if (_areTrailers && TrailerFields.AreForbidden(Encoding.ASCII.GetBytes(name))) throw new ArgumentException($"{name} means nothing in a trailer (RFC 9110 §6.5.1).", nameof(name));
        if (value.AsSpan().ContainsAny(Grammar.ControlChars))
            throw new ArgumentException($"The value of {name} holds a line break or another control character.", nameof(value));
    }

    /// <summary>Whether it is a member of a list (RFC 9110 §5.6.1), in any case.</summary>
    internal static bool Lists(ReadOnlySpan<char> list, string member)
    {
        foreach (var range in list.Split(','))
            if (list[range].Trim().Equals(member, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    private int IndexOf(string name)
    {
        for (var i = 0; i < Count; i++)
            if (_fields[i].Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return i;
        return -1;
    }

    private static bool BelongsToServer(string name) => name.Length switch
    {
        7 => name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase),
        10 => name.Equals("Connection", StringComparison.OrdinalIgnoreCase) || name.Equals("Keep-Alive", StringComparison.OrdinalIgnoreCase),
        17 => name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    private void ThrowIfReadOnly()
    {
        if (IsReadOnly) throw new InvalidOperationException(_whenReadOnly);
    }
}
