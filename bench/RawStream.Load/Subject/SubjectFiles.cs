namespace RawStream.Load.Subject;

/// <summary><c>GET /files/SIZE.bin</c>: files in a folder of their own, each with the pattern whose seed is its size.</summary>
internal sealed class SubjectFiles : IDisposable
{
    public static readonly int[] Sizes = [0, 1, 1000, 64 * 1024, 1_000_000];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rawstream-");

    public SubjectFiles()
    {
        foreach (var size in Sizes) File.WriteAllBytes(Path.Combine(_folder.FullName, $"{size}.bin"), Pattern.Bytes(size, size));
    }

    public void Map(HttpServer server) => server.MapFiles("/files/{*path}", _folder.FullName);

    public void Dispose() => _folder.Delete(recursive: true);
}
