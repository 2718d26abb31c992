namespace RawStream.Tests.Files;

/// <summary>
/// A folder to serve, and beside it what nobody must see: <c>site/</c>, <c>secret.txt</c>, and <c>site-evil/</c>, whose path begins like that of the site.
/// </summary>
internal sealed class SiteFolder : IDisposable
{
    public const string Secret = "SECRET";

    public static readonly DateTime Modified = new(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc);

    private readonly string _base = Directory.CreateTempSubdirectory("rawstream-files-").FullName;

    public SiteFolder() => Directory.CreateDirectory(Root);

    public string Root => Path.Combine(_base, "site");

    /// <summary>Where a path from the site leads, also to what is beside it.</summary>
    public string this[string path] => Path.Combine(Root, path);

    /// <summary>Written long ago, so that its date is certain.</summary>
    public string Write(string path, string text = "hello")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[path])!);
        File.WriteAllText(this[path], text, System.Text.Encoding.Latin1);
        File.SetLastWriteTimeUtc(this[path], Modified);
        return this[path];
    }

    public void Link(string path, string target) => File.CreateSymbolicLink(this[path], target);

    public void Dispose() => Directory.Delete(_base, recursive: true);
}
