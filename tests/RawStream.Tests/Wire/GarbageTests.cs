using NUnit.Framework;

namespace RawStream.Tests.Wire;

// The invariant: whatever arrives, in whatever pieces, the server answers with a run of well-formed responses; a refusal
// names its reason; the connection ends when the client's does; nothing is logged as an error; and the same bytes in
// other pieces get the same answers.

/// <summary>Throws garbage at the server.</summary>
[TestFixture]
public sealed class GarbageTests
{
    private const int Rounds = 400;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ErrorLog _errors = new();
    private HttpServer _server = null!;

    [OneTimeSetUp]
    public void CreateServer() => _server = WireServer.Create(_errors);

    [OneTimeTearDown]
    public async Task NoConnectionIsLeft()
    {
        Assert.That(() => _server.Metrics.OpenConnections, Is.Zero.After(5).Seconds.PollEvery(5).MilliSeconds);
        await _server.DisposeAsync();
    }

    [Test]
    public Task Random_bytes([Values(1, 2, 3, 0)] int seed) => ThrowAsync(seed, Garbage.RandomBytes);

    [Test]
    public Task Mutated_requests([Values(1, 2, 3, 4, 5, 6, 7, 8, 0)] int seed) => ThrowAsync(seed, Garbage.MutatedRequests);

    [Test]
    public Task Requests_out_of_nasty_tokens([Values(1, 2, 3, 0)] int seed) => ThrowAsync(seed, Garbage.Tokens);

    // Away from NUnit's synchronization context, which would queue what a server does inline.
    private Task ThrowAsync(int seed, Func<Random, byte[]> make) => Task.Run(() => ThrowAllAsync(seed, make));

    private async Task ThrowAllAsync(int seed, Func<Random, byte[]> make)
    {
        if (seed == 0) seed = Random.Shared.Next();
        var random = new Random(seed);
        _errors.Errors.Clear();
        for (var round = 0; round < Rounds; round++)
        {
            var garbage = make(random);
            var problem = await FindProblemAsync(garbage, random);
            if (problem is not null) Assert.Fail($"seed {seed}, round {round}: {problem}\nsent:\n{WireNotation.Show(garbage)}");
        }
    }

    private async Task<string?> FindProblemAsync(byte[] garbage, Random random)
    {
        try
        {
            var whole = await AnswersAsync([garbage]);
            var pieces = await AnswersAsync(Garbage.Split(garbage, random));
            await AbortAsync(garbage, random);
            if (_errors.Errors.TryDequeue(out var logged)) return $"logged as an error: {logged}";
            return FindProblem(whole) ?? FindDifference(whole, pieces);
        }
        catch (FormatException error)
        {
            return $"a malformed response: {error.Message}";
        }
        catch (OperationCanceledException)
        {
            return "the connection did not end";
        }
    }

    /// <summary>All final responses. A 100 depends on what has come already, and so on the pieces.</summary>
    private async Task<WireResponse[]> AnswersAsync(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        await using var client = new WireClient(_server, Patience);
        foreach (var piece in pieces)
        {
            if (!await client.SendAsync(piece)) break;
        }
        client.HalfClose();
        await client.WaitForEndAsync();
        return [.. WireResponse.ReadAll(client.Received.Span).Where(response => !response.IsInterim)];
    }

    /// <summary>A client that goes away in the middle of its garbage.</summary>
    private async Task AbortAsync(byte[] garbage, Random random)
    {
        await using var client = new WireClient(_server, Patience);
        await client.SendAsync(garbage.AsMemory(0, random.Next(garbage.Length + 1)));
        client.Abort();
    }

    private static string? FindProblem(WireResponse[] responses) =>
        responses.Select(FindProblem).FirstOrDefault(problem => problem is not null);

    private static string? FindProblem(WireResponse response)
    {
        if (response.Status is >= 500 and not (501 or 505)) return $"a {response.Status}, as if the garbage were the server's fault";
        if (response.Status is < 400 or 404 or 405 or 501) return null;
        if (response.Body.Length == 0) return $"a {response.Status} that names no reason";
        return response.Values("Connection").Contains("close") ? null : $"a {response.Status} that does not say that the connection ends";
    }

    private static string? FindDifference(WireResponse[] whole, WireResponse[] pieces)
    {
        var expected = whole.Select(Describe).ToArray();
        var actual = pieces.Select(Describe).ToArray();
        return expected.SequenceEqual(actual)
            ? null
            : $"whole and in pieces differ:\n{string.Join('\n', expected)}\nin pieces:\n{string.Join('\n', actual)}";
    }

    private static string Describe(WireResponse response)
    {
        var fields = response.Fields.Where(field => !field.StartsWith("Date:", StringComparison.Ordinal));
        return $"{response.Status} {string.Join(", ", fields)} {WireNotation.Show(response.Body)}";
    }
}
