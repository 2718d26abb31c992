using System.Text;

namespace RawStream.Tests.Wire;

/// <summary>Plays a wire case to a server, and tells in words what was wrong with the answer.</summary>
internal static class WireCaseRunner
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly byte[] NextRequest = "GET / HTTP/1.1\r\nHost: next\r\n\r\n"u8.ToArray();

    private static readonly ExpectedResponse NextResponse = new("HTTP/1.1 200 OK", [], MoreFields: true, [[], []]);

    /// <summary>Plays the case in every way of the delivery. Null when all is right.</summary>
    public static async Task<string?> FindProblemAsync(HttpServer server, WireCase wire, Delivery delivery)
    {
        foreach (var steps in Cuts.Deliver(wire.Steps, delivery))
        {
            await using var client = new WireClient(server, Patience);
            var problem = await PlayAsync(client, wire, steps);
            if (problem is not null) return Describe(wire, steps, problem, client.Received.Span);
        }
        return null;
    }

    private static async Task<string?> PlayAsync(WireClient client, WireCase wire, IReadOnlyList<WireStep> steps)
    {
        try
        {
            await TakeStepsAsync(client, steps);
            var (length, problem) = await MatchAsync(client, 0, wire.Responses, wire.End);
            if (problem is not null) return problem;
            return wire.End == WireEnd.Open
                ? await FindProblemWhenOpenAsync(client, length)
                : await FindProblemWhenClosedAsync(client, length);
        }
        catch (OperationCanceledException)
        {
            return $"an answer and, where it must end, the end within {Patience.TotalSeconds} s, but the server is silent";
        }
    }

    private static async Task TakeStepsAsync(WireClient client, IReadOnlyList<WireStep> steps)
    {
        var seen = 0;
        var accepted = true;
        foreach (var step in steps)
        {
            switch (step)
            {
                case WireStep.Send send when accepted:
                    accepted = await client.SendAsync(send.Bytes);
                    break;
                case WireStep.Wait:
                    await client.WaitForAsync(seen + 1);
                    seen = client.Received.Length;
                    break;
                case WireStep.HalfClose:
                    client.HalfClose();
                    break;
            }
        }
    }

    private static async Task<(int Length, string? Problem)> MatchAsync(
        WireClient client, int start, IReadOnlyList<ExpectedResponse> responses, WireEnd end)
    {
        for (var number = 1; number <= responses.Count; number++)
        {
            var isRefusal = end == WireEnd.Closed && number == responses.Count;
            var match = await MatchAsync(client, start, responses[number - 1], isRefusal);
            if (match.NeedsMore) return (start, $"response {number} of {responses.Count}, but the connection ended before it was complete");
            if (match.Problem is not null) return (start, $"in response {number}: {match.Problem}");
            start += match.Length;
        }
        return (start, null);
    }

    private static async Task<ResponseMatch> MatchAsync(WireClient client, int start, ExpectedResponse response, bool isRefusal)
    {
        while (true)
        {
            // The order matters: nothing can come between the end and a look at what had come before it.
            var ended = client.HasEnded;
            var match = response.Match(client.Received.Span[start..], ended, isRefusal);
            if (!match.NeedsMore || ended) return match;
            await client.WaitForAsync(start + match.Length);
        }
    }

    private static async Task<string?> FindProblemWhenOpenAsync(WireClient client, int length)
    {
        if (client.Received.Length > length) return "nothing more, but more came before the next request";
        await client.SendAsync(NextRequest);
        (length, var problem) = await MatchAsync(client, length, [NextResponse], WireEnd.Open);
        if (problem is not null) return $"an answer to a further request: {problem}";
        client.HalfClose();
        return await FindProblemWhenClosedAsync(client, length);
    }

    private static async Task<string?> FindProblemWhenClosedAsync(WireClient client, int length)
    {
        await client.WaitForEndAsync();
        return client.Received.Length > length ? "the end of the connection, but more came" : null;
    }

    private static string Describe(WireCase wire, IReadOnlyList<WireStep> steps, string problem, ReadOnlySpan<byte> received)
    {
        var text = new StringBuilder();
        text.Append(wire.Source).Append(": expected ").Append(problem).Append('\n');
        text.Append("sent:\n");
        foreach (var step in Shorten(steps)) text.Append("  ").Append(Describe(step)).Append('\n');
        text.Append("received:\n").Append(Indent(WireNotation.Show(received)));
        return text.ToString();
    }

    /// <summary>Byte by byte is told in a line, and not in one line a byte.</summary>
    private static IReadOnlyList<WireStep> Shorten(IReadOnlyList<WireStep> steps)
    {
        const int Max = 12;
        if (steps.Count <= Max) return steps;
        var all = steps.OfType<WireStep.Send>().SelectMany(send => send.Bytes.ToArray()).ToArray();
        return [new WireStep.Send(all), .. steps.Where(step => step is not WireStep.Send)];
    }

    private static string Describe(WireStep step) => step switch
    {
        WireStep.Send send => Indent(WireNotation.Show(send.Bytes.Span)).TrimStart(),
        WireStep.Wait => "(wait)",
        _ => "(half-close)",
    };

    private static string Indent(string text) => "  " + text.TrimEnd('\n').Replace("\n", "\n  ", StringComparison.Ordinal);
}
