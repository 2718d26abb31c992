namespace RawStream;

/// <summary>How a response that is under way when the server stops comes to its end; see <see cref="ResponseWriter.StopPolicy"/>.</summary>
public enum StopPolicy
{
    /// <summary>Its handler goes on until the drain time is over; then <see cref="Request.Aborted"/> tells it to end.</summary>
    Finish,

    /// <summary>It goes on to its next flush, or its next event; then it ends as with <see cref="Now"/>.</summary>
    AfterNextEvent,

    /// <summary>
    /// It ends at once, and properly: a subscription once it has had what was published so far, a WebSocket by a close with 1001, and any other by
    /// <see cref="Request.Aborted"/>. That its handler was cancelled by that is no failure: what it has flushed is a whole response.
    /// </summary>
    Now,
}
