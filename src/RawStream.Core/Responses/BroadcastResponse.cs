using RawStream.Coding;
using RawStream.Streaming;

namespace RawStream.Responses;

/// <summary>A subscription as Server-Sent Events.</summary>
internal sealed class BroadcastResponse<T>(Subscription<T> subscription, EventStreamOptions options) : Response
{
    protected internal override ValueTask WriteAsync(Request request, ResponseWriter response)
    {
        if (subscription.HasNothingToCome)
        {
            SetFields(response, 204, contentType: null); // What tells EventSource not to come back (WHATWG HTML §9.2.3).
            return default;
        }
        SetFields(response, 200, EventStreamFormat.ContentType);
        EventStreamFormat.SetFields(response);
        var member = Compress(request, response);
        if (response.Content.IsHeadRequest) return response.FlushAsync(); // Which ends here: nobody wants the events.

        var feed = new EventFeed<T>(subscription, response, options, member);
        feed.Open();
        // Thousands of streams wait in here: one that has nothing else to do costs no state machine.
        var head = WriteHeadAsync(response, member);
        return head.IsCompletedSuccessfully ? feed.RunAsync(request) : RunAfterAsync(head, feed, request);
    }

    /// <summary>
    /// Its events leave straight from the log, the same bytes for everybody: only gzip can be put together of them. Who gets other events than the rest, and whoever knows no chunks,
    /// gets them as they are.
    /// </summary>
    private GzipMember? Compress(Request request, ResponseWriter response)
    {
        if (response.Content.Coding is not { } coding) return null;
        response.Content.Coding = null;
        var isAlone = request.Head.IsHttp10 || subscription.Policy == SlowConsumerPolicy.ConflateByKey;
        var possible = isAlone ? ContentCodings.Identity : ContentCodings.Identity | ContentCodings.Gzip;
        if (coding.Choose(request.Head.Fields, response.Status, response.Headers, length: -1, possible) != ContentCodings.Gzip) return null;
        coding.Announce(response.Headers, ContentCodings.Gzip);
        return new GzipMember(coding);
    }

    private async ValueTask WriteHeadAsync(ResponseWriter response, GzipMember? member)
    {
        try
        {
            using var prelude = PooledBuffer.Rent();
            options.WritePrelude(prelude);
            member?.Begin(prelude);
            if (prelude.Span.IsEmpty) await response.FlushAsync();
            else await response.WriteAsync(prelude.Memory);
        }
        catch
        {
            subscription.Close();
            throw;
        }
    }

    private static async ValueTask RunAfterAsync(ValueTask head, EventFeed<T> feed, Request request)
    {
        await head;
        await feed.RunAsync(request);
    }
}
