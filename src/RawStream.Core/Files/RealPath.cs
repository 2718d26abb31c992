namespace RawStream.Files;

/// <summary>A path in which no name is a symbolic link: what realpath(3) gives, and .NET does not.</summary>
internal static class RealPath
{
    /// <summary>As many as Linux follows; more is taken for a circle.</summary>
    private const int LinksMax = 40;

    /// <summary>Follows every link of a full path. What does not exist is kept as it is; null is a circle.</summary>
    public static string? Of(string fullPath)
    {
        var links = 0;
        return Follow(Path.GetPathRoot(fullPath)!, fullPath, ref links);
    }

    /// <summary>The same for a path whose beginning is known to be real.</summary>
    public static string? Of(string real, string fullPath)
    {
        var links = 0;
        return Follow(real, fullPath, ref links);
    }

    private static string? Follow(string real, string fullPath, ref int links)
    {
        foreach (var name in fullPath[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var parent = real;
            real = Path.Join(parent, name);
            if (new FileInfo(real).LinkTarget is not { } target) continue;
            if (++links > LinksMax) return null;
            var full = Path.GetFullPath(target, parent);
            if (Follow(Path.GetPathRoot(full)!, full, ref links) is not { } followed) return null;
            real = followed;
        }
        return real;
    }
}
