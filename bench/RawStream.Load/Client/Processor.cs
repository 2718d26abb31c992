using System.ComponentModel;
using System.Runtime.InteropServices;

namespace RawStream.Load.Client;

/// <summary>Which core runs what: the servers have core 0, the load has core 1, where there are two. Linux only.</summary>
internal static class Processor
{
    private const nuint ServerCore = 1 << 0;
    private const nuint LoadCore = 1 << 1;
    private const int Niceness = 10;
    private const int CpuTimeOfProcess = 2;     // CPUCLOCK_SCHED, in the low bits of a clock's name.

    // Asked before the first pinning, which would make one of it.
    private static readonly bool CanPin = Environment.ProcessorCount > 1;

    public static string Arrangement => CanPin
        ? "servers on core 0, load on core 1"
        : "one core for servers and load: the figures are those of both together";

    /// <summary>Moves the calling thread, which is the one that makes the load.</summary>
    public static void PinLoad() => Pin(LoadCore);

    /// <summary>A process that is started in here is on the servers' core from its start on, so that its runtime sizes its pools for it.</summary>
    public static T OnServerCore<T>(Func<T> start)
    {
        Pin(ServerCore);
        try
        {
            return start();
        }
        finally
        {
            Pin(LoadCore);
        }
    }

    /// <summary>The processor time of a process and all its threads so far, to the nanosecond: <c>/proc</c> counts in hundredths.</summary>
    public static TimeSpan TimeOf(int process)
    {
        var time = new long[2];
        if (NativeGetTime((~process << 3) | CpuTimeOfProcess, ref time[0]) != 0) throw new Win32Exception("the server has ended");
        return TimeSpan.FromSeconds(time[0]) + TimeSpan.FromMicroseconds(time[1] / 1000.0);
    }

    /// <summary>The calling thread has the core only when others leave it.</summary>
    public static void GoAfterOthers()
    {
        if (NativeSetPriority(0, 0, Niceness) != 0) throw new Win32Exception();
    }

    private static void Pin(nuint cores)
    {
        if (CanPin && NativeSetAffinity(0, (nuint)nuint.Size, ref cores) != 0) throw new Win32Exception();
    }

    [DllImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static extern int NativeSetAffinity(int thread, nuint size, ref nuint cores);

    [DllImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    private static extern int NativeSetPriority(int which, int thread, int niceness);

    [DllImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static extern int NativeGetTime(int clock, ref long time);
}
