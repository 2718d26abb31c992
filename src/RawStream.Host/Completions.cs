using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace RawStream.Host;

/// <summary>
/// <c>POST /v1/chat/completions?delay=40</c>: tokens as they are made, in the shape that clients of OpenAI read.
/// <c>GET /generating</c>: how many answers are being made now; one that nobody waits for any more is not.
/// </summary>
internal sealed class Completions(TimeProvider time)
{
    private const int BodyMax = 256 * 1024;
    private const int DelayMax = 1000;
    private const string Model = "rawstream-parrot";

    private int _generating;

    public async ValueTask<Response> Complete(Request request)
    {
        request.MaxBodySize = BodyMax;
        var delay = TimeSpan.FromMilliseconds(QueryNumber.Read(request, "delay", otherwise: 40, min: 0, max: DelayMax));
        var asked = await request.ReadJsonAsync(CompletionJson.Default.CompletionRequest);
        if (asked?.Messages is not [.., { Content: { } prompt }]) throw new BadRequestException("messages must end with one that has a content.");

        var head = new Completion(
            $"chatcmpl-{Guid.NewGuid():N}", asked.Stream ? "chat.completion.chunk" : "chat.completion", time.GetUtcNow().ToUnixTimeSeconds(), Model);
        return asked.Stream
            ? Response.Events(Chunks(head, prompt, delay), CompletionJson.Default.Completion, end: "[DONE]")
            : Response.Json(await Whole(head, prompt, delay, request.Aborted), CompletionJson.Default.Completion);
    }

    public Response CountGenerating() => Volatile.Read(ref _generating).ToString(CultureInfo.InvariantCulture);

    /// <summary>The role first, then each token, then why there are no more.</summary>
    private async IAsyncEnumerable<SseItem<Completion>> Chunks(
        Completion head, string prompt, TimeSpan delay, [EnumeratorCancellation] CancellationToken left = default)
    {
        yield return Chunk(new ChatMessage("assistant", ""));
        await foreach (var token in Generate(prompt, delay, left)) yield return Chunk(new ChatMessage(Content: token));
        yield return Chunk(new ChatMessage(), finishReason: "stop");

        SseItem<Completion> Chunk(ChatMessage delta, string? finishReason = null) =>
            new(head with { Choices = [new Choice(0, Delta: delta, FinishReason: finishReason)] });
    }

    private async Task<Completion> Whole(Completion head, string prompt, TimeSpan delay, CancellationToken left)
    {
        var tokens = await Generate(prompt, delay, left).ToArrayAsync(left);
        var message = new ChatMessage("assistant", string.Concat(tokens));
        return head with { Choices = [new Choice(0, Message: message, FinishReason: "stop")] };
    }

    /// <summary>The model at work. When the client leaves, it stops in the middle of a token.</summary>
    private async IAsyncEnumerable<string> Generate(string prompt, TimeSpan delay, [EnumeratorCancellation] CancellationToken left)
    {
        Interlocked.Increment(ref _generating);
        try
        {
            foreach (var token in Parrot.Answer(prompt))
            {
                await Task.Delay(delay, time, left);
                yield return token;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _generating);
        }
    }
}
