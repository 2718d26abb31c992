using RawStream.Streaming;

namespace RawStream.Responses;

/// <summary>Server-Sent Events, as whoever is given the writer sends them.</summary>
/// <param name="write">Writes them.</param>
/// <param name="stopPolicy">What is usual for such a stream.</param>
/// <param name="options">Heartbeat, padding, retry.</param>
internal sealed class EventsResponse(Func<Request, EventWriter, ValueTask> write, StopPolicy stopPolicy, EventStreamOptions options) : Response
{
    protected internal override async ValueTask WriteAsync(Request request, ResponseWriter response)
    {
        SetFields(response, 200, EventStreamFormat.ContentType);
        EventStreamFormat.SetFields(response);
        var events = new EventWriter(response, options);
        // A request for the head ends here: nobody wants the events. Behind another response the head has to wait its turn.
        if (response.Content.IsHeadRequest || !response.Content.IsFirst) await response.FlushAsync();
        await events.WritePreludeAsync(options);
        response.IdleStream = events;
        response.PreferStopPolicy(stopPolicy);
        try
        {
            var writing = write(request, events);
            if (!writing.IsCompleted) events.SendHead();
            await writing;
            if (response.IsToldToEnd) await events.WriteFarewellAsync(options);
        }
        catch (OperationCanceledException) when (response.IsToldToEnd && response.Content.CanEnd)
        {
            await events.WriteFarewellAsync(options); // It was told to end, and events are whole.
        }
        finally
        {
            response.IdleStream = null;
            events.End();
        }
    }
}
