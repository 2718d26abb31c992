namespace RawStream.Host;

/// <summary>A path in which no name is a symbolic link: what realpath(3) gives, and .NET does not.</summary>
internal static class RealPath
{
    /// <summary>As many as Linux follows; more is taken for a circle.</summary>
    private const int LinksMax = 40;

    /// <summary>Follows every link of a full path. What does not exist is kept as it is; null is a circle.</summary>
    public static string? Of(string fullPath)
    {
        var links = 0;
        return Follow(fullPath, ref links);
    }

    private static string? Follow(string fullPath, ref int links)
    {
        var real = Path.GetPathRoot(fullPath);
        foreach (var name in fullPath[(real?.Length ?? 0)..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var parent = real!;
            real = Path.Join(parent, name);
            if (new FileInfo(real).LinkTarget is not { } target) continue;
            if (++links > LinksMax) return null;
            real = Follow(Path.GetFullPath(target, parent), ref links);
            if (real is null) return null;
        }
        return real;
    }
}
