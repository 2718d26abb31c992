using System.Text;

namespace RawStream.Diagnostics;

/// <summary>
/// Shows the bytes of one connection, a line for each line of the wire, with the control bytes made visible:
/// <code>
/// #1 &lt; GET /tick HTTP/1.1␍␊
/// #1 &gt; 28␍␊
/// </code>
/// </summary>
internal sealed class WireTrace(long connectionId, Action<string> show)
{
    // Longer lines are cut: a trace is for people.
    private const int LongestLine = 200;

    /// <summary>What a send that is pending may send.</summary>
    public ReadOnlyMemory<byte> Later { get; set; }

    public void Received(ReadOnlySpan<byte> bytes) => Show('<', bytes);

    public void Sent(ReadOnlySpan<byte> bytes) => Show('>', bytes);

    public void SentLater(int count) => Sent(Later.Span[..count]);

    private void Show(char direction, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n') + 1;
            var line = end == 0 ? bytes : bytes[..end];
            show($"#{connectionId} {direction} {Visible(line)}");
            bytes = bytes[line.Length..];
        }
    }

    private static string Visible(ReadOnlySpan<byte> line)
    {
        var text = new StringBuilder(line.Length);
        foreach (var b in line[..Math.Min(line.Length, LongestLine)])
            text.Append(b switch { < 0x20 => (char)(0x2400 + b), 0x7F => '\u2421', > 0x7F => '\u00B7', _ => (char)b });
        if (line.Length > LongestLine) text.Append("… ").Append(line.Length - LongestLine).Append(" more bytes");
        return text.ToString();
    }
}
