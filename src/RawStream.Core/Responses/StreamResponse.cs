namespace RawStream.Responses;

/// <summary>An async sequence, each element one chunk.</summary>
internal sealed class StreamResponse<T>(Func<Request, IAsyncEnumerator<T>> open, string contentType, Func<ResponseWriter, T, ValueTask> write) : Response
{
    protected internal override async ValueTask WriteAsync(Request request, ResponseWriter response)
    {
        SetFields(response, 200, contentType);
        if (response.Content.IsHeadRequest) await response.FlushAsync(); // Which ends here: nobody wants the sequence.
        await using var chunk = open(request);
        var first = chunk.MoveNextAsync();
        if (first.IsCompleted ? !await first : !await SendHeadAsync(response, first.AsTask())) return;
        do await write(response, chunk.Current);
        while (!response.IsEndedByStop && await chunk.MoveNextAsync());
    }

    /// <summary>Nothing to say yet: the head goes alone. If that fails, the sequence, which was cancelled by then, is waited for.</summary>
    private static async ValueTask<bool> SendHeadAsync(ResponseWriter response, Task<bool> first)
    {
        try
        {
            await response.FlushAsync();
        }
        catch
        {
            await ((Task)first).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
        return await first;
    }
}

/// <summary>Whatever a callback writes.</summary>
internal sealed class WrittenResponse(Handler write, string contentType) : Response
{
    protected internal override ValueTask WriteAsync(Request request, ResponseWriter response)
    {
        SetFields(response, 200, contentType);
        return write(request, response);
    }
}
