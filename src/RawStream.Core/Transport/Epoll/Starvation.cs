using System.Globalization;

namespace RawStream.Transport.Epoll;

/// <summary>For how long a thread did not get on, and could not help it.</summary>
internal static class Starvation
{
    private const string Schedule = "/proc/thread-self/schedstat"; // proc(5): on the processor, ready but not on it (both in nanoseconds), and how often it was.

    /// <summary>
    /// How long the calling thread has been ready to run while others had the processor, and all threads have stood still for the garbage collector, since they began:
    /// to be compared with an earlier value. Where the kernel does not tell it, the former is zero.
    /// </summary>
    public static TimeSpan OfThisThread() => ReadyTime() + GC.GetTotalPauseDuration();

    private static TimeSpan ReadyTime()
    {
        try
        {
            var times = File.ReadAllText(Schedule).Split(' ');
            return TimeSpan.FromMicroseconds(long.Parse(times[1], CultureInfo.InvariantCulture) / 1000);
        }
        catch (IOException)
        {
            return TimeSpan.Zero; // There is no such file, or no descriptor left to open it.
        }
    }
}
