using System.Collections;
using System.Text;
using RawStream.Http1;

namespace RawStream;

/// <summary>
/// The fields that a client sent, in their order (RFC 9110 §5). Names are compared without regard to case. Text is made of a
/// field when it is asked for, and not before.
/// </summary>
public sealed class RequestHeaders : IEnumerable<KeyValuePair<string, string>>
{
    // Both are small, because a stream keeps them as long as it is open: what a head needs, and not the next power of two.
    private const int StoreStep = 64;
    private const int FewFields = 4;

    private const int LargestIdleStore = 4096;

    internal static readonly RequestHeaders None = new();

    private Line[] _lines = []; // Trailers are rare: their store is made when the first one comes.
    private byte[] _bytes = [];
    private uint _lengths; // Bit n: some name has n bytes, modulo 32. Most look-ups end here.

    private struct Line
    {
        public int NameStart, NameLength, ValueStart, ValueLength;
    }

    internal RequestHeaders()
    {
    }

    /// <summary>How many field lines there are.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// The value of a field, or null when it was not sent. Several lines of one name are joined with ", " (RFC 9110 §5.3). Bytes
    /// that are not UTF-8 are read as ISO 8859-1.
    /// </summary>
    public string? this[string name]
    {
        get
        {
            string? value = null;
            foreach (var one in GetValues(name)) value = value is null ? one : $"{value}, {one}";
            return value;
        }
    }

    /// <summary>Whether at least one line of that name was sent.</summary>
    public bool Contains(string name) => IndexOf(Encoding.UTF8.GetBytes(name)) >= 0;

    /// <summary>The value of each line of that name, in their order.</summary>
    public IEnumerable<string> GetValues(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        for (var i = IndexOf(bytes); i >= 0; i = IndexOf(bytes, i + 1)) yield return Decode(Value(i));
    }

    /// <summary>Each line as it was sent.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return new(Decode(Name(i)), Decode(Value(i)));
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal ReadOnlySpan<byte> Bytes => _bytes;

    internal ReadOnlySpan<byte> Name(int index) => _bytes.AsSpan(_lines[index].NameStart, _lines[index].NameLength);

    internal ReadOnlySpan<byte> Value(int index) => _bytes.AsSpan(_lines[index].ValueStart, _lines[index].ValueLength);

    /// <summary>The next line with that name from <paramref name="start"/> on, or -1.</summary>
    internal int IndexOf(ReadOnlySpan<byte> name, int start = 0)
    {
        if ((_lengths & (1u << name.Length)) == 0) return -1;
        for (var i = start; i < Count; i++)
            if (_lines[i].NameLength == name.Length && Grammar.EqualsIgnoreCase(Name(i), name))
                return i;
        return -1;
    }

    internal void Clear()
    {
        Count = 0;
        _lengths = 0;
    }

    /// <summary>An unusually large head does not stay with a connection that waits.</summary>
    internal void Trim()
    {
        if (_bytes.Length <= LargestIdleStore) return;
        Clear();
        _bytes = [];
        _lines = [];
    }

    /// <summary>Where a name and its value stand in <see cref="Bytes"/>.</summary>
    internal void Add(int nameStart, int nameLength, int valueStart, int valueLength)
    {
        if (Count == _lines.Length) Grow();
        // Field by field: a struct that is built first and copied then costs more than the parsing of a short line.
        ref var line = ref _lines[Count++];
        line.NameStart = nameStart;
        line.NameLength = nameLength;
        line.ValueStart = valueStart;
        line.ValueLength = valueLength;
        _lengths |= 1u << nameLength;
    }

    private void Grow() => Array.Resize(ref _lines, Math.Max(FewFields, Count * 2));

    internal void RemoveWhere(Func<ReadOnlySpan<byte>, bool> predicate)
    {
        var kept = 0;
        for (var i = 0; i < Count; i++)
            if (!predicate(Name(i)))
                _lines[kept++] = _lines[i];
        Count = kept;
    }

    /// <summary>Keeps a copy of the bytes that all lines point into: the input goes its way while a handler runs.</summary>
    internal void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length < bytes.Length)
            _bytes = new byte[(bytes.Length + StoreStep - 1) / StoreStep * StoreStep];
        bytes.CopyTo(_bytes);
    }

    internal static string Decode(ReadOnlySpan<byte> bytes) =>
        System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Encoding.Latin1.GetString(bytes);
}
