using System.Globalization;
using System.Security.Cryptography;

namespace RawStream.Streaming;

// The id of a broadcast event says which log it is of, and where in it:
//
//   epoch "-" sequence      m3k9qz1x-42
//
// The epoch is new each time that a log begins anew, so an id of a log that is gone is not taken for one of this log.

/// <summary>Ids of broadcast events.</summary>
internal static class EventId
{
    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    private const int EpochLength = 8;
    private const int EpochMax = 64;

    public static string Format(string epoch, long sequence) => string.Create(CultureInfo.InvariantCulture, $"{epoch}-{sequence}");

    /// <summary>False for what is no such id.</summary>
    public static bool TryParse(string id, out ReadOnlySpan<char> epoch, out long sequence)
    {
        var dash = id.LastIndexOf('-');
        epoch = dash < 0 ? default : id.AsSpan(0, dash);
        sequence = 0;
        return dash > 0 && long.TryParse(id.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out sequence);
    }

    /// <summary>Another one each time.</summary>
    public static string NewEpoch() => RandomNumberGenerator.GetString(Digits, EpochLength);

    /// <exception cref="ArgumentException">It is empty, longer than 64 characters, or has others than letters, digits and underscores.</exception>
    public static void CheckEpoch(string epoch)
    {
        ArgumentException.ThrowIfNullOrEmpty(epoch);
        if (epoch.Length > EpochMax || !epoch.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            throw new ArgumentException("An epoch is up to 64 letters, digits and underscores.", nameof(epoch));
    }
}
