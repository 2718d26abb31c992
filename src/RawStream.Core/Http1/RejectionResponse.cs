using System.Text;

namespace RawStream.Http1;

/// <summary>
/// The answer to a request that is refused, encoded once for each reason: the status, and a line of plain text that names the reason and
/// its rule.
/// </summary>
internal static class RejectionResponse
{
    private const string ContentType = "text/plain; charset=utf-8";

    private sealed record Encoded(int Status, byte[] Fields, byte[] Body, Response Response);

    private static readonly Encoded?[] Cache = new Encoded?[Enum.GetValues<RejectionReason>().Length];

    /// <summary>For a request that was begun, with what its middleware adds.</summary>
    public static Response Of(RejectionReason reason) => Find(reason).Response;

    /// <summary>Writes it, unflushed.</summary>
    public static void Write(ResponseBody body, RejectionReason reason)
    {
        var encoded = Find(reason);
        var write = body.WriteWholeAsync(encoded.Status, encoded.Fields, encoded.Body);
        System.Diagnostics.Debug.Assert(write.IsCompletedSuccessfully, "A refusal is short and waits for nobody.");
    }

    /// <summary>The whole answer for a connection that is refused before it has sent anything.</summary>
    public static byte[] Whole(RejectionReason reason)
    {
        var encoded = Find(reason);
        return [.. StatusLine.Of(encoded.Status), .. encoded.Fields, .. "Connection: close\r\n\r\n"u8, .. encoded.Body];
    }

    private static Encoded Find(RejectionReason reason) => Cache[(int)reason] ??= Encode(reason);

    private static Encoded Encode(RejectionReason reason)
    {
        var rejection = Rejection.Of(reason);
        var body = Encoding.UTF8.GetBytes($"{rejection.Status} {StatusLine.ReasonPhrase(rejection.Status)}: {rejection.Message} ({rejection.Rule})\n");
        var fields = Encoding.ASCII.GetBytes($"Content-Type: {ContentType}\r\nContent-Length: {body.Length}\r\n");
        var response = Response.Bytes(body, ContentType, rejection.Status);
        if (reason == RejectionReason.UnsupportedContentCoding) response.With("Accept-Encoding", "br, gzip, deflate"); // Only a handler refuses for that.
        return new Encoded(rejection.Status, fields, body, response);
    }
}
