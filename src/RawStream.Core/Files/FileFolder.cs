using System.Text;
using RawStream.Http1;

namespace RawStream.Files;

/// <summary>Answers with what is below one folder: a file, an index, a listing, a redirect, or a refusal.</summary>
internal sealed class FileFolder
{
    private static readonly Response NotFound = Response.Text("404 Not Found: no such file here.\n", 404);
    private static readonly Response Forbidden = Response.Text("403 Forbidden: this may not be read.\n", 403);

    private readonly StaticFileOptions _options;
    private readonly Dictionary<string, string> _contentTypes;
    private readonly int _segmentsBefore;
    private readonly string _root;
    private readonly string _rootPrefix;

    /// <param name="folder">It may be a symbolic link.</param>
    /// <param name="segmentsBefore">How many slashes of a path stand before its first name.</param>
    /// <param name="options">Checked now.</param>
    public FileFolder(string folder, int segmentsBefore, StaticFileOptions options)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
        Check(options);
        _options = options;
        _contentTypes = new Dictionary<string, string>(options.ContentTypes, StringComparer.OrdinalIgnoreCase);
        _segmentsBefore = segmentsBefore;
        _root = RealPath.Of(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))
            ?? throw new ArgumentException("Its symbolic links form a circle.", nameof(folder));
        _rootPrefix = Path.EndsInDirectorySeparator(_root) ? _root : _root + Path.DirectorySeparatorChar;
    }

    /// <summary>The handler.</summary>
    public async ValueTask AnswerAsync(Request request, ResponseWriter response)
    {
        var (file, other) = Find(request, response);
        using (file) await (file is null ? other!.WriteAsync(request, response) : file.WriteAsync(request, response));
    }

    private static void Check(StaticFileOptions options)
    {
        if (options.IndexFile is { } index && !FileName.IsAllowed(index, options.DotFiles))
            throw new ArgumentException($"No request could ask for an index of the name '{index}'.", nameof(options));
        if (options.ContentTypes.Keys.FirstOrDefault(key => !key.StartsWith('.')) is { } name) throw new ArgumentException($"The extension '{name}' has no dot.", nameof(options));
        foreach (var value in options.ContentTypes.Values.Append(options.CacheControl ?? ""))
            if (value.AsSpan().ContainsAny(Grammar.ControlChars))
                throw new ArgumentException("A content type, or Cache-Control, holds a line break or another control character.", nameof(options));
    }

    /// <summary>An open file, with its fields set, or another response.</summary>
    private (FileRepresentation? File, Response? Other) Find(Request request, ResponseWriter response)
    {
        var names = ReadNames(request);
        var isFolder = names[^1].Length == 0; // The path ends with a slash.
        if (isFolder) names = names[..^1];
        if (!Array.TrueForAll(names, name => FileName.IsAllowed(name, _options.DotFiles))) return (null, NotFound);
        try
        {
            return Locate(names) switch
            {
                null => (null, NotFound),
                var path when Directory.Exists(path) => isFolder ? FindIndex(request, response, names, path) : (null, RedirectToFolder(request, names[^1])),
                var path => isFolder ? (null, NotFound) : (Open(request, response, names, path), null),
            };
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, NotFound); // It has gone meanwhile.
        }
        catch (UnauthorizedAccessException)
        {
            return (null, Forbidden);
        }
    }

    private (FileRepresentation? File, Response? Other) FindIndex(Request request, ResponseWriter response, string[] names, string path)
    {
        string[] indexNames = [.. names, _options.IndexFile ?? ""];
        if (_options.IndexFile is not null && Locate(indexNames) is { } index && File.Exists(index)) return (Open(request, response, indexNames, index), null);
        return (null, _options.DirectoryListing ? List(names, path) : NotFound);
    }

    /// <summary>Decoded only once the slashes have separated: one that was encoded is part of a name, and no name has one.</summary>
    private string[] ReadNames(Request request)
    {
        var names = request.Path.Split('/')[_segmentsBefore..];
        for (var i = 0; i < names.Length; i++) names[i] = PercentEncoding.Decode(Encoding.ASCII.GetBytes(names[i]));
        return names;
    }

    /// <summary>Where the file or folder really is; null when it does not exist or is not below the root.</summary>
    private string? Locate(string[] names)
    {
        var path = Path.Join([_root, .. names]);
        var real = Path.Exists(path) ? RealPath.Of(_root, path) : null;
        return real == _root || (real?.StartsWith(_rootPrefix, StringComparison.Ordinal) ?? false) ? real : null;
    }

    private FileRepresentation Open(Request request, ResponseWriter response, string[] names, string path)
    {
        var extension = Path.GetExtension(names[^1]);
        var coded = _options.Precompressed ? PrecompressedFile.Choose(request, names, Locate) : default;
        var file = new FileRepresentation(coded.Path ?? path, coded.Coding is null ? "" : $"-{coded.Coding}");

        var fields = response.Headers;
        fields["Content-Type"] = _contentTypes.TryGetValue(extension, out var type) ? type : ContentTypes.Of(extension);
        fields["X-Content-Type-Options"] = "nosniff";
        if (coded.Coding is not null) fields["Content-Encoding"] = coded.Coding;
        if (coded.Varies) fields.Add("Vary", "Accept-Encoding");
        if (_options.CacheControl is not null) fields["Cache-Control"] = _options.CacheControl;
        return file;
    }

    /// <summary>Without the slash, the links in its page would be taken from the folder above.</summary>
    private static Response RedirectToFolder(Request request, string name)
    {
        var query = Encoding.ASCII.GetString(request.Head.Query);
        return Response.Redirect($"{Uri.EscapeDataString(name)}/{(query.Length > 0 ? "?" + query : "")}", 301);
    }

    private Response List(string[] names, string path) =>
        DirectoryPage.Of(path, isRoot: names.Length == 0, name => FileName.IsAllowed(name, _options.DotFiles) && Locate([.. names, name]) is not null);
}
