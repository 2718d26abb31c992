using System.Collections.Frozen;

namespace RawStream.Coding;

/// <summary>
/// Which media types become shorter when they are compressed: all of <c>text/</c>, all with the suffix <c>+json</c>, <c>+text</c> or <c>+xml</c>, and those that mime-db
/// says so of. Images, sound, video and archives are compressed already.
/// </summary>
internal static class CompressibleTypes
{
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Others = FrozenSet.ToFrozenSet(
    [
        "application/dart", "application/ecmascript", "application/graphql", "application/javascript", "application/json", "application/json-seq",
        "application/json5", "application/jsonl", "application/ndjson", "application/postscript", "application/rtf", "application/sql", "application/tar",
        "application/toml", "application/vnd.dart", "application/vnd.ms-fontobject", "application/vnd.ms-opentype", "application/wasm", "application/x-httpd-php",
        "application/x-javascript", "application/x-ndjson", "application/x-ns-proxy-autoconfig", "application/x-sh", "application/x-tar",
        "application/x-www-form-urlencoded", "application/x-yaml", "application/xml", "application/xml-dtd", "application/yaml", "font/otf", "font/ttf", "image/bmp",
        "image/vnd.adobe.photoshop", "image/vnd.microsoft.icon", "image/vnd.ms-dds", "image/x-icon", "image/x-ms-bmp", "message/imdn", "message/rfc822",
        "model/gltf-binary", "x-shader/x-fragment", "x-shader/x-vertex",
    ], StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <param name="contentType">The value of Content-Type, parameters and all.</param>
    public static bool Contains(string contentType)
    {
        var semicolon = contentType.IndexOf(';', StringComparison.Ordinal);
        var type = contentType.AsSpan(0, semicolon < 0 ? contentType.Length : semicolon).Trim();
        return type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || Others.Contains(type)
            || HasSuffix(type, "+json") || HasSuffix(type, "+text") || HasSuffix(type, "+xml");
    }

    private static bool HasSuffix(ReadOnlySpan<char> type, string suffix) => type.EndsWith(suffix, StringComparison.OrdinalIgnoreCase);
}
