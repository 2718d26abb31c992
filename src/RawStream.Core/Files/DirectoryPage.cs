using System.Net;
using System.Text;

namespace RawStream.Files;

/// <summary>A page that lists a folder.</summary>
internal static class DirectoryPage
{
    /// <summary>More are not listed.</summary>
    public const int EntriesMax = 1000;

    /// <param name="folder">Exists.</param>
    /// <param name="isRoot">No link leads up from it.</param>
    /// <param name="isServed">Whether a name in it can be asked for.</param>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static Response Of(string folder, bool isRoot, Predicate<string> isServed)
    {
        var entries = new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(entry => isServed(entry.Name)).Take(EntriesMax + 1).ToList();
        var names = entries.Take(EntriesMax).Select(entry => Directory.Exists(entry.FullName) ? entry.Name + "/" : entry.Name).Order(StringComparer.Ordinal);
        var page = new StringBuilder("<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>Files</title>\n<ul>\n");
        if (!isRoot) AppendLink(page, "../");
        foreach (var name in names) AppendLink(page, name);
        page.Append("</ul>\n");
        if (entries.Count > EntriesMax) page.Append("<p>There are more.\n");
        return Response.Text(page.ToString(), contentType: "text/html; charset=utf-8").With("X-Content-Type-Options", "nosniff");
    }

    /// <summary>The name with all but its last slash encoded, and "./" before it: no name can be taken for a scheme.</summary>
    private static void AppendLink(StringBuilder page, string name)
    {
        var href = string.Join('/', name.Split('/').Select(Uri.EscapeDataString));
        page.Append("<li><a href=\"./").Append(href).Append("\">").Append(WebUtility.HtmlEncode(name)).Append("</a>\n");
    }
}
