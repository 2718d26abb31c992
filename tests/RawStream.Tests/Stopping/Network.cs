using System.Diagnostics;
using RawStream.Tests.Support;

namespace RawStream.Tests.Stopping;

/// <summary>A network namespace with one end of a link in it; the other end is here.</summary>
internal sealed class Network : IDisposable
{
    public const string ServerAddress = "10.231.77.1";
    private const string ClientAddress = "10.231.77.2";

    private readonly string _name = $"rawstream-{Environment.ProcessId}";
    private readonly string _here = $"rs{Environment.ProcessId}a";
    private readonly string _there = $"rs{Environment.ProcessId}b";

    private Network()
    {
    }

    /// <summary>Null where that is not allowed, or there is no <c>ip</c>.</summary>
    public static async Task<Network?> TryCreateAsync()
    {
        var network = new Network();
        if (await network.TrySetUpAsync()) return network;
        network.Dispose();
        return null;
    }

    /// <summary>A shell in there.</summary>
    public Process Start(string script)
    {
        var process = new Process { StartInfo = new ProcessStartInfo("ip", ["netns", "exec", _name, "bash", "-c", script]) };
        process.Start();
        return process;
    }

    /// <summary>The link is down at its other end: no packet arrives there, and none leaves.</summary>
    public async Task DropAsync()
    {
        if (!await RunAsync("-n", _name, "link", "set", _there, "down")) throw new InvalidOperationException("The link cannot be set down.");
    }

    public void Dispose()
    {
        KillAll();
        RunAsync("link", "del", _here).GetAwaiter().GetResult();
        RunAsync("netns", "del", _name).GetAwaiter().GetResult();
    }

    private async Task<bool> TrySetUpAsync()
    {
        if (Environment.UserName != "root" || !File.Exists("/proc/self/ns/net")) return false;
        return await RunAsync("netns", "add", _name)
            && await RunAsync("link", "add", _here, "type", "veth", "peer", "name", _there)
            && await RunAsync("link", "set", _there, "netns", _name)
            && await RunAsync("addr", "add", $"{ServerAddress}/30", "dev", _here)
            && await RunAsync("link", "set", _here, "up")
            && await RunAsync("-n", _name, "addr", "add", $"{ClientAddress}/30", "dev", _there)
            && await RunAsync("-n", _name, "link", "set", _there, "up");
    }

    /// <summary>Whoever is in there.</summary>
    private void KillAll()
    {
        try
        {
            using var pids = Process.Start(new ProcessStartInfo("ip", ["netns", "pids", _name]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            foreach (var pid in pids.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                using var process = Process.GetProcessById(int.Parse(pid, System.Globalization.CultureInfo.InvariantCulture));
                process.Kill();
            }
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or ArgumentException)
        {
            // There is no such program, or the process has just ended.
        }
    }

    private static async Task<bool> RunAsync(params string[] arguments)
    {
        try
        {
            using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
            await ip.WaitForExitAsync().Within();
            return ip.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
