using NUnit.Framework;

namespace RawStream.Tests.Events;

/// <summary>The packages of npm that the tests use, installed once into a folder beside the repository.</summary>
internal static class NodePackages
{
    private static readonly string[] Packages = ["eventsource@4", "eventsource-parser@3", "ws@8"];
    private const int OldestNode = 20; // For eventsource@4.
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(2);
    private static readonly Lazy<Task<string?>> WhyNot = new(InstallAsync);

    private static string Folder => Path.Combine(Path.GetTempPath(), "rawstream-tests-node-" + string.Join('-', Packages).Replace('@', '-'));

    /// <summary>A program for node, which may import them. The test is skipped where they cannot be had.</summary>
    public static async Task<ForeignClient> RunAsync(string program, params string[] arguments)
    {
        if (await WhyNot.Value is { } reason) Assert.Ignore(reason);
        return ForeignClient.Start("node", Folder, ["--input-type=module", "--eval", program, "--", .. arguments]);
    }

    /// <summary>Null when all is there, or else why it is not.</summary>
    private static async Task<string?> InstallAsync()
    {
        if (await VersionAsync("node") is not ['v', .. var version]) return "There is no node on this machine.";
        if (int.Parse(version.Split('.')[0], null) < OldestNode) return $"The node of this machine is older than version {OldestNode}.";
        if (Directory.Exists(Folder)) return null;
        if (await VersionAsync("npm") is null) return "There is no npm on this machine.";
        var folder = Directory.CreateTempSubdirectory("rawstream-tests-npm-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "package.json"), "{}");
        using var npm = ForeignClient.TryStart("npm", folder, ["install", "--no-audit", "--no-fund", "--loglevel=error", .. Packages])!;
        try
        {
            if (await npm.WaitForExitAsync(InstallLimit) != 0) return "npm could not install " + string.Join(" and ", Packages) + ".";
        }
        catch (TimeoutException)
        {
            return "npm did not come to an end.";
        }
        return MoveInto(folder) ? null : "The packages could not be kept.";
    }

    /// <summary>Whole or not at all: another run of the tests may do the same now.</summary>
    private static bool MoveInto(string folder)
    {
        try
        {
            Directory.Move(folder, Folder);
        }
        catch (IOException)
        {
            Directory.Delete(folder, recursive: true);
        }
        return Directory.Exists(Folder);
    }

    private static async Task<string?> VersionAsync(string program)
    {
        using var version = ForeignClient.TryStart(program, folder: null, "--version");
        return version is null ? null : await version.ReadLineAsync();
    }
}
