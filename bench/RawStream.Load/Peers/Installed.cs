using System.Diagnostics;

namespace RawStream.Load.Peers;

/// <summary>Programs of other people: on the PATH, or installed with npm for the bench alone, or built from a source in scripts/.</summary>
internal static class Installed
{
    public const string FromNpm = "npm install --prefix bench/peers deno bun";

    private const string OwnFolder = "bench/peers";

    public static string Source(string name) => Repository.Path($"bench/RawStream.Load/Peers/scripts/{name}");

    /// <summary>Where a program is.</summary>
    /// <exception cref="PeerMissingException">It is nowhere.</exception>
    public static string Find(string program, string howToGet) =>
        FindOrNull(program) ?? throw new PeerMissingException(howToGet);

    public static string? FindOrNull(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Append(Repository.Path($"{OwnFolder}/node_modules/.bin"))
        .Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    /// <summary>Builds a source if it is newer than what was built of it before; returns the program.</summary>
    /// <param name="compiler">The command.</param>
    /// <param name="source">In scripts/.</param>
    /// <param name="package">What has the compiler, for apt-get.</param>
    /// <param name="options">The last of them takes the output's name.</param>
    public static string Build(string compiler, string source, string package, params string[] options)
    {
        var command = Find(compiler, $"apt-get install {package}");
        var (from, to) = (Source(source), Repository.Path($"{OwnFolder}/built/{Path.GetFileNameWithoutExtension(source)}"));
        if (File.GetLastWriteTimeUtc(to) > File.GetLastWriteTimeUtc(from)) return to;
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        using var process = Process.Start(new ProcessStartInfo(command, [.. options, to, from]) { RedirectStandardError = true })!;
        var complaint = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? to : throw new PeerMissingException($"{compiler} could not build {source}: {complaint.Trim()}");
    }
}
