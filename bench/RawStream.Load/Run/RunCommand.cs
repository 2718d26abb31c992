using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using RawStream.Load.Client;
using RawStream.Load.Report;

namespace RawStream.Load.Run;

/// <summary>A load on any server: what comes, how fast, and with what pauses.</summary>
internal static class RunCommand
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static int Run(RunOptions options)
    {
        if (!DescriptorLimit.Allows(options.Connections)) return 1;
        var server = new IPEndPoint(Resolve(options.Url), options.Url.Port);
        using var crowd = new Crowd(options.Url, server, options.Connections);
        var start = Stopwatch.GetTimestamp();
        for (var second = 1; TimeSpan.FromSeconds(second) < options.Time; second++)
        {
            var (frames, bytes) = (crowd.Tally.Frames, crowd.Tally.Bytes);
            crowd.RunUntil(At(start, TimeSpan.FromSeconds(second)));
            Console.Error.WriteLine(
                $"{second,4} s  {crowd.Open} open, {crowd.Tally.Frames - frames} frames, {Bytes(crowd.Tally.Bytes - bytes)}");
        }
        crowd.RunUntil(At(start, options.Time));
        Report(options, crowd, Stopwatch.GetElapsedTime(start));
        return crowd.Tally.Responses + crowd.Tally.Frames > 0 ? 0 : 1;
    }

    private static long At(long start, TimeSpan time) => start + (long)(time.TotalSeconds * Stopwatch.Frequency);

    private static IPAddress Resolve(Uri url)
    {
        // A server that listens on the name "localhost" has both addresses, and this one can be had many times over.
        if (url.IsLoopback && url.HostNameType == UriHostNameType.Dns) return IPAddress.Loopback;
        return Dns.GetHostAddresses(url.DnsSafeHost) is [var address, ..] ? address : throw new SocketException((int)SocketError.HostNotFound);
    }

    private static void Report(RunOptions options, Crowd crowd, TimeSpan time)
    {
        var tally = crowd.Tally;
        if (options.IsJson) Console.WriteLine(ToJson(options, crowd, time));
        else Console.WriteLine(
            $"""
            {options.Url}
            connections  {crowd.Open} of {options.Connections} open at the end, {time.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture)} s
            responses    {tally.Responses}, {Cell.Number(tally.Responses / time.TotalSeconds)} a second
            frames       {tally.Frames}, {Cell.Number(tally.Frames / time.TotalSeconds)} a second
            content      {Bytes(tally.Bytes)}, {Bytes(tally.Bytes / time.TotalSeconds)} a second
            between      {Gaps(tally)} ms from one arrival to the next of a connection
            errors       {(tally.Errors.Count == 0 ? "none" : string.Join("; ", tally.Errors.Select(error => $"{error.Value} {error.Key}")))}
            """);
    }

    private static string ToJson(RunOptions options, Crowd crowd, TimeSpan time) => JsonSerializer.Serialize(new
    {
        Url = options.Url.ToString(),
        options.Connections,
        Open = crowd.Open,
        Seconds = time.TotalSeconds,
        crowd.Tally.Responses,
        crowd.Tally.Frames,
        FramesPerSecond = crowd.Tally.Frames / time.TotalSeconds,
        crowd.Tally.Bytes,
        BytesPerSecond = crowd.Tally.Bytes / time.TotalSeconds,
        BetweenArrivals = new
        {
            P50 = crowd.Tally.Gaps.Percentile(0.5).TotalMilliseconds,
            P99 = crowd.Tally.Gaps.Percentile(0.99).TotalMilliseconds,
            P999 = crowd.Tally.Gaps.Percentile(0.999).TotalMilliseconds,
        },
        crowd.Tally.Errors,
    }, Format);

    private static string Gaps(Tally tally) =>
        $"p50 {Milliseconds(tally, 0.5)}, p99 {Milliseconds(tally, 0.99)}, p99.9 {Milliseconds(tally, 0.999)}";

    private static string Milliseconds(Tally tally, double share) => Cell.Number(tally.Gaps.Percentile(share).TotalMilliseconds);

    private static string Bytes(double bytes) => bytes switch
    {
        >= 1e9 => $"{Cell.Number(bytes / 1e9)} GB",
        >= 1e6 => $"{Cell.Number(bytes / 1e6)} MB",
        >= 1e3 => $"{Cell.Number(bytes / 1e3)} kB",
        _ => $"{Cell.Number(bytes)} B",
    };
}
