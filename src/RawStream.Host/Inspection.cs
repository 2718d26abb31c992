using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RawStream.Host;

/// <summary><c>GET /inspect</c>: the request, as the server understood it.</summary>
internal static class Inspection
{
    private static readonly JsonNodeOptions IgnoreCase = new() { PropertyNameCaseInsensitive = true };

    // For people to read; nosniff keeps a browser from taking what a client sent for HTML.
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Response Of(Request request) => Response
        .Text(Describe(request).ToJsonString(Readable) + "\n", contentType: "application/json")
        .With("X-Content-Type-Options", "nosniff");

    private static JsonObject Describe(Request request) => new()
    {
        ["method"] = request.Method,
        ["target"] = request.Target,
        ["path"] = request.Path,
        ["query"] = Group(request.Query, new JsonObject()),
        ["headers"] = Group(request.Headers, new JsonObject(IgnoreCase)),
        ["remoteAddress"] = request.RemoteEndPoint?.ToString(),
    };

    /// <summary>Each name with all of its values, in the order in which they came.</summary>
    private static JsonObject Group(IEnumerable<KeyValuePair<string, string>> fields, JsonObject groups)
    {
        foreach (var (name, value) in fields)
        {
            if (groups[name] is not JsonArray values) groups[name] = values = [];
            values.Add((JsonNode)value);
        }
        return groups;
    }
}
