using System.Text;

namespace RawStream.Http1;

/// <summary>
/// The answer to a request that is refused, encoded once for each reason: the status, and a line of plain text that names the reason and
/// its rule.
/// </summary>
internal sealed class RejectionResponse(RejectionReason reason) : Response
{
    private sealed record Encoded(int Status, byte[] Fields, byte[] Body);

    private static readonly Encoded?[] Cache = new Encoded?[Enum.GetValues<RejectionReason>().Length];

    /// <summary>Writes it, unflushed.</summary>
    public static void Write(ResponseBody body, RejectionReason reason)
    {
        var encoded = Of(reason);
        var write = body.WriteWholeAsync(encoded.Status, encoded.Fields, encoded.Body);
        System.Diagnostics.Debug.Assert(write.IsCompletedSuccessfully, "A refusal is short and waits for nobody.");
    }

    /// <summary>The whole answer for a connection that is refused before it has sent anything.</summary>
    public static byte[] Whole(RejectionReason reason)
    {
        var encoded = Of(reason);
        return [.. StatusLine.Of(encoded.Status), .. encoded.Fields, .. "Connection: close\r\n\r\n"u8, .. encoded.Body];
    }

    /// <inheritdoc/>
    protected internal override ValueTask WriteAsync(Request request, ResponseWriter response)
    {
        Write(response.Content, reason);
        return default;
    }

    private static Encoded Of(RejectionReason reason) => Cache[(int)reason] ??= Encode(Rejection.Of(reason));

    private static Encoded Encode(Rejection rejection)
    {
        var body = Encoding.UTF8.GetBytes($"{rejection.Status} {StatusLine.ReasonPhrase(rejection.Status)}: {rejection.Message} ({rejection.Rule})\n");
        var fields = Encoding.ASCII.GetBytes($"Content-Type: text/plain; charset=utf-8\r\nContent-Length: {body.Length}\r\n");
        return new Encoded(rejection.Status, fields, body);
    }
}
