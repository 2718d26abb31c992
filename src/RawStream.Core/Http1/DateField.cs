using System.Globalization;
using System.Text;

namespace RawStream.Http1;

/// <summary>
/// The Date field of every response (RFC 9110 §6.6.1), encoded once a second by the first response that needs it:
/// <code>Date: Fri, 20 Nov 2026 12:00:00 GMT␍␊</code>
/// </summary>
internal sealed class DateField(TimeProvider time)
{
    private sealed record Second(long Number, byte[] Line);

    private Second _current = new(-1, []);

    /// <summary>The line with its CRLF.</summary>
    public ReadOnlySpan<byte> Line
    {
        get
        {
            var now = time.GetUtcNow();
            var second = now.UtcTicks / TimeSpan.TicksPerSecond;
            var current = Volatile.Read(ref _current);
            if (current.Number != second) Volatile.Write(ref _current, current = new Second(second, Encode(now)));
            return current.Line;
        }
    }

    private static byte[] Encode(DateTimeOffset now) =>
        Encoding.ASCII.GetBytes($"Date: {now.ToString("r", CultureInfo.InvariantCulture)}\r\n");
}
