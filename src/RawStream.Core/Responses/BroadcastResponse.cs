using RawStream.Http1;
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
        if (response.Content.IsHeadRequest) return response.FlushAsync(); // Which ends here: nobody wants the events.

        var feed = new EventFeed<T>(subscription, response, options);
        feed.Open();
        // Thousands of streams wait in here: one that has nothing else to do costs no state machine.
        var head = WriteHeadAsync(response);
        return head.IsCompletedSuccessfully ? feed.RunAsync(request) : RunAfterAsync(head, feed, request);
    }

    private async ValueTask WriteHeadAsync(ResponseWriter response)
    {
        try
        {
            using var prelude = PooledBuffer.Rent();
            options.WritePrelude(prelude);
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
