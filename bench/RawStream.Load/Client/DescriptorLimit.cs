using System.Globalization;
using RawStream.Load.Compare;

namespace RawStream.Load.Client;

/// <summary>
/// How many sockets a process may have. The runtime has raised the soft limit to the hard one when this program started, and its
/// servers inherit it.
/// </summary>
internal static class DescriptorLimit
{
    // What a process has open besides.
    private const int Others = 200;

    /// <summary>Whether this process can have so many streams; says so if not.</summary>
    public static bool Allows(int streams)
    {
        if (streams + Others <= Limit) return true;
        Progress.Note($"{streams} streams are more than the limit of {Limit} open files allows; raise it with: ulimit -n {streams + Others}"
            + " (as root, or in /etc/security/limits.conf: nofile)");
        return false;
    }

    /// <summary>How many processes it takes for so many streams.</summary>
    public static int ProcessesFor(int streams) => (int)Math.Ceiling(streams / (double)(Limit - Others));

    /// <summary><c>Max open files            20000                20000                files</c></summary>
    private static long Limit => File.ReadLines("/proc/self/limits")
        .Where(line => line.StartsWith("Max open files", StringComparison.Ordinal))
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3])
        .Select(soft => long.TryParse(soft, CultureInfo.InvariantCulture, out var limit) ? limit : long.MaxValue)
        .First();
}
