using System.Globalization;

namespace RawStream.Files;

// HTTP-date (RFC 9110 §5.6.7): the first form is written, all three are read.
//
//   IMF-fixdate    Sun, 06 Nov 1994 08:49:37 GMT
//   rfc850-date    Sunday, 06-Nov-94 08:49:37 GMT
//   asctime-date   Sun Nov  6 08:49:37 1994

/// <summary>A date in a field, exact to the second.</summary>
internal static class HttpDate
{
    // A year of two digits is never more than these ahead.
    private const int FarthestYears = 50;

    private static readonly string[] Forms =
    [
        "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
        "dddd, dd-MMM-yy HH:mm:ss 'GMT'",
        "ddd MMM dd HH:mm:ss yyyy",
        "ddd MMM  d HH:mm:ss yyyy",
    ];

    private static readonly DateTimeFormatInfo Names = MakeNames();

    public static string Format(DateTime utc) => utc.ToString("r", CultureInfo.InvariantCulture);

    public static bool TryParse(string text, out DateTime utc) =>
        DateTime.TryParseExact(text, Forms, Names, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out utc);

    /// <summary>Without its fraction of a second, which no field can carry.</summary>
    public static DateTime WholeSeconds(DateTime utc) => utc.AddTicks(-(utc.Ticks % TimeSpan.TicksPerSecond));

    private static DateTimeFormatInfo MakeNames()
    {
        var names = (DateTimeFormatInfo)DateTimeFormatInfo.InvariantInfo.Clone();
        names.Calendar.TwoDigitYearMax = TimeProvider.System.GetUtcNow().Year + FarthestYears;
        return names;
    }
}
