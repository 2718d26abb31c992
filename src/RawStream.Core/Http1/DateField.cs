using System.Globalization;
using System.Text;
using RawStream.Timing;

namespace RawStream.Http1;

/// <summary>
/// The Date field of every response (RFC 9110 §6.6.1), encoded by the first response after each beat of the server's timer, so it may be a quarter second behind:
/// <code>Date: Fri, 20 Nov 2026 12:00:00 GMT␍␊</code>
/// </summary>
internal sealed class DateField(TimeProvider time, Heartbeat heartbeat)
{
    private sealed record Beat(long At, byte[] Line);

    private Beat _last = new(0, []);

    /// <summary>The line with its CRLF.</summary>
    public ReadOnlySpan<byte> Line
    {
        get
        {
            var last = Volatile.Read(ref _last);
            var now = heartbeat.Now; // To ask for the time costs a tenth of a small response.
            if (last.At != now) Volatile.Write(ref _last, last = new Beat(now, Encode(time.GetUtcNow())));
            return last.Line;
        }
    }

    private static byte[] Encode(DateTimeOffset now) =>
        Encoding.ASCII.GetBytes($"Date: {now.ToString("r", CultureInfo.InvariantCulture)}\r\n");
}
