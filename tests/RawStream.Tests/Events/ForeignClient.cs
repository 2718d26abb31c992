using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>A client that is a program of its own.</summary>
internal sealed class ForeignClient : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private ForeignClient(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Null where there is no such program.</summary>
    public static ForeignClient? TryStart(string program, string? folder, params string[] arguments)
    {
        try
        {
            return new ForeignClient(Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder ?? "",
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>The test is skipped where there is no such program.</summary>
    public static ForeignClient Start(string program, string? folder, params string[] arguments)
    {
        var client = TryStart(program, folder, arguments);
        if (client is null) Assert.Ignore($"There is no {program} on this machine.");
        return client;
    }

    /// <summary>Null at its end.</summary>
    public Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync().Within();

    public Task<string> ReadToEndAsync() => _process.StandardOutput.ReadToEndAsync().Within();

    public async Task AssertSucceedsAsync() => Assert.That(await WaitForExitAsync(Patience.Limit), Is.Zero, await _errors.Within());

    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        await _process.WaitForExitAsync().WaitAsync(limit);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
