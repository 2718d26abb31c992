using System.Globalization;

namespace RawStream.Transport;

/// <summary>
/// How near the process is to its last file descriptor. Linux gives each new one the lowest free number, so the number of a socket
/// that was just accepted tells. The runtime needs some itself, to load code or to start a thread, and ends the process when it gets
/// none: a few are left to it.
/// </summary>
internal static class DescriptorLimit
{
    private const int Reserve = 24;

    private static readonly long Last = ReadLimit() - Reserve;

    public static bool IsNear(nint accepted) => accepted >= Last;

    /// <summary>The soft limit, from the line "Max open files" of the kernel; elsewhere none is known.</summary>
    private static long ReadLimit()
    {
        const string limits = "/proc/self/limits", name = "Max open files";
        if (!File.Exists(limits)) return long.MaxValue;
        var line = File.ReadLines(limits).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        var soft = line?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : long.MaxValue;
    }
}
