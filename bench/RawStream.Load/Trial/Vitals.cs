using System.Globalization;
using System.Text;
using RawStream.Load.Wire;

namespace RawStream.Load.Trial;

/// <summary>The server's process at one time: what the system knows of it, and what it tells of itself (<c>/vitals</c>).</summary>
internal sealed record Vitals(long Resident, int Handles, int Threads, IReadOnlyDictionary<string, long> Told)
{
    public long Managed => Of("managed");

    /// <summary>Without the one that asks.</summary>
    public long Open => Of("open") - 1;

    /// <summary>Without the one that asks.</summary>
    public long Handlers => Of("handlers") - 1;

    /// <summary>What the server has logged as an error, by event.</summary>
    public IEnumerable<KeyValuePair<string, long>> Errors => Told.Where(line => line.Key.StartsWith("log-error", StringComparison.Ordinal)
        || line.Key.StartsWith("log-critical", StringComparison.Ordinal));

    public long Of(string name) => Told.GetValueOrDefault(name);

    /// <param name="site">The server.</param>
    /// <param name="collect">Whether it is to collect its garbage first.</param>
    public static async Task<Vitals> TakeAsync(Site site, bool collect = false)
    {
        using var link = await Link.OpenAsync(site.Clear);
        await link.SendAsync(Requests.Get(collect ? "/vitals?collect=1" : "/vitals"));
        await link.ReadHeadAsync(200);
        var told = Encoding.UTF8.GetString(await link.ReadAllAsync());
        return FromProcess(site.Process) with { Told = Parse(told) };
    }

    /// <summary>The server has nothing to do with it.</summary>
    public static Vitals FromProcess(int process) => new(
        1024 * Line(process, "smaps_rollup", "Rss:"),
        Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Count(),
        (int)Line(process, "status", "Threads:"),
        new Dictionary<string, long>());

    private static Dictionary<string, long> Parse(string lines) => lines
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(line => line.Split(' '))
        .ToDictionary(words => words[0], words => long.Parse(words[1], CultureInfo.InvariantCulture));

    private static long Line(int process, string file, string name) => File.ReadLines($"/proc/{process}/{file}")
        .Where(line => line.StartsWith(name, StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture))
        .First();
}
