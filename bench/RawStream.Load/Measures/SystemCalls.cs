using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using RawStream.Load.Client;
using RawStream.Load.Compare;
using RawStream.Load.Peers;
using RawStream.Load.Wire;

namespace RawStream.Load.Measures;

/// <summary>System calls of the server for a chunk: a short run of its own under <c>strace</c>, which slows it down greatly.</summary>
internal static class SystemCalls
{
    private const int Chunks = 20_000;
    private const int Interrupt = 2;    // SIGINT

    public static Case With(int size) => new(
        $"{ChunkStream.Title(size, 1)}, under strace",
        [new Figure("system calls/chunk", Better.Less)],
        contestant => Run(contestant, size))
    {
        MaxRuns = 1,
    };

    private static double[] Run(Contestant contestant, int size)
    {
        var output = Path.GetTempFileName();
        try
        {
            using var strace = Attach(contestant.Server, output);
            long frames;
            using (var client = new ClosedLoop(contestant.Server.Port, 1, Requests.StreamTarget(Chunks, size)))
            {
                client.RunOnce();
                frames = client.Total.Frames;
            }
            _ = NativeKill(strace.Id, Interrupt);
            strace.WaitForExit();
            return [(double)ReadTotal(output) / frames];
        }
        finally
        {
            File.Delete(output);
        }
    }

    private static Process Attach(ServerProcess server, string output)
    {
        var program = Installed.Find("strace", "apt-get install strace");
        string[] arguments = ["-c", "-f", "-o", output, "-p", server.Id.ToString(CultureInfo.InvariantCulture)];
        var strace = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var line = strace.StandardError.ReadLine(); // "strace: Process 42 attached", or why not.
        if (line?.Contains("attached", StringComparison.Ordinal) == true) return strace;
        strace.Dispose();
        throw new InvalidOperationException(line ?? "strace did not attach");
    }

    /// <summary>The last line of the table: <c>100.00  0.123456  12  4242  2 total</c>.</summary>
    private static long ReadTotal(string output)
    {
        var total = File.ReadLines(output).LastOrDefault(line => line.EndsWith(" total", StringComparison.Ordinal))
            ?? throw new InvalidDataException("strace counted nothing");
        return long.Parse(total.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], CultureInfo.InvariantCulture);
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int NativeKill(int process, int signal);
}
