using RawStream.Load.Subject;
using RawStream.Load.Trial;
using RawStream.Tests.Support;

namespace RawStream.Tests.Bench;

/// <summary>The server of the trials, in this process, with the transport that is tested.</summary>
internal static class TrialSite
{
    /// <param name="trial">Is given the server's place.</param>
    /// <param name="path">Where the server does something wrong.</param>
    /// <param name="fault">What it does there.</param>
    public static async Task<T> RunAsync<T>(Func<Site, Task<T>> trial, string path = "", Handler? fault = null)
    {
        var options = SubjectOptions.Default with { Transport = TestTransport.Value };
        await using var server = await SubjectServer.StartAsync(
            options, next => (request, response) => fault is not null && request.Path == path ? fault(request, response) : next(request, response));
        return await trial(await Site.FindAsync(server.Port, Environment.ProcessId));
    }
}
