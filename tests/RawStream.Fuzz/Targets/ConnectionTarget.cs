using RawStream.Fuzz.Engine;
using RawStream.Fuzz.Peers;

namespace RawStream.Fuzz.Targets;

// Whatever arrives, in whatever pieces: the handlers see the requests that the reference reads, with their bodies, and none that stands behind something refused; each request
// is answered once, in order, by a
// well-formed response; the same bytes in other pieces get the same answers; the connection ends; nothing is logged as an error.

/// <summary>A whole connection.</summary>
internal sealed class ConnectionTarget : FuzzTarget
{
    private const int SmallBody = 10;

    // Small, so that they are crossed.
    private static readonly HttpLimits Limits = new()
    {
        RequestLineBytes = 300, HeaderBytes = 600, HeaderFields = 12, ChunkSizeLineBytes = 40, BodyBytes = 2000, UnreadBodyBytes = 400, ReadAheadBytes = 4096,
            ResponseBufferBytes = 4096,
    };

    private readonly Harness _harness;
    private readonly List<Seen> _seen = [];

    public ConnectionTarget() => _harness = new Harness(Map, Limits);

    public override string Name => "connection";

    public override int Run(byte[] input)
    {
        var choices = ChoicesFor(input);
        var whole = Exchange(input, null);
        var seen = _seen.ToArray();
        CheckRequests(input, seen, whole);
        CheckAnswers(whole, seen);
        var outcome = HashCode(whole, seen.Length);

        var pieces = Exchange(input, choices);
        Check(seen.SequenceEqual(_seen), $"in pieces other requests are seen: {Show(seen)} and {Show(_seen)}");
        Check(whole.Select(response => response.Describe()).SequenceEqual(pieces.Select(response => response.Describe())), "in pieces the answers are others");

        if (choices.Next(4) == 0) _harness.Exchange(input.AsSpan(0, choices.Next(input.Length + 1)), choices, aborts: true);
        return outcome;
    }

    private void Map(HttpServer server)
    {
        server.Use(next => (request, response) =>
        {
            _seen.Add(new Seen(request.Method, request.Target));
            return next(request, response);
        });
        server.Map("/echo", async request =>
        {
            Read();
            var body = await request.ReadBytesAsync();
            _seen[^1].Body = Notation.Show(body);
            return Response.Bytes(body);
        });
        server.Map("POST /small", async request =>
        {
            request.MaxBodySize = SmallBody;
            Read();
            var body = await request.ReadBytesAsync();
            _seen[^1].Body = Notation.Show(body);
            return Response.Bytes(body);
        });
        server.Map("POST /relay", RelayAsync);
        server.Map("GET /", _ => "ok");
        server.Map("/unread", _ => "ok");
        server.Map("/fail", (Func<Request, Response>)(_ => throw new FaultLog.OnPurposeException()));
        server.Map("GET /stream", async (_, response) =>
        {
            for (var i = 0; i < 3; i++) await response.WriteAsync("part");
        });
        server.Map("GET /segments/{first}/{*rest}", request => Response.Bytes(System.Text.Encoding.UTF8.GetBytes(
            $"{request.Route["first"]}|{request.Route["rest"]}|{request.Query["a"]}|{request.Host}|{request.Cookies["c"]}")));
    }

    private void Read() => _seen[^1].Reads = true;

    private async ValueTask RelayAsync(Request request, ResponseWriter response)
    {
        Read();
        using var body = new MemoryStream();
        while (true)
        {
            var read = await request.Body.ReadAsync();
            foreach (var piece in read.Buffer)
            {
                body.Write(piece.Span);
                await response.WriteAsync(piece);
            }
            request.Body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
        }
        _seen[^1].Body = Notation.Show(body.ToArray());
    }

    private List<FuzzResponse> Exchange(byte[] input, Random? choices)
    {
        _seen.Clear();
        var sent = _harness.Exchange(input, choices);
        return ReadResponses(sent.Span);
    }

    /// <summary>The last one may be cut off where its handler has failed in the middle: a body that is refused while it is relayed.</summary>
    private List<FuzzResponse> ReadResponses(ReadOnlySpan<byte> sent)
    {
        var isCut = _seen.Count > 0 && _seen[^1] is { Reads: true, Body: null } last && last.Target.Contains("/relay", StringComparison.Ordinal);
        if (isCut)
        {
            try
            {
                return ResponseReader.ReadAll(sent, [.. _seen.Select(seen => seen.Method)]);
            }
            catch (FuzzFinding)
            {
                _seen[^1].WasCut = true;
                return [];
            }
        }
        return ResponseReader.ReadAll(sent, [.. _seen.Select(seen => seen.Method)]);
    }

    private static void CheckRequests(byte[] input, Seen[] seen, List<FuzzResponse> responses)
    {
        var reader = new ReferenceReader(input, Limits);
        for (var i = 0; ; i++)
        {
            var actual = i < seen.Length ? seen[i] : null;
            var expected = reader.Next((_, target) => actual is not { Reads: true } ? Limits.UnreadBodyBytes : target.Contains("/small", StringComparison.Ordinal) ? SmallBody
                : Limits.BodyBytes);
            if (expected is null)
            {
                Check(actual is null, $"a request is seen that is none: {Show(seen)}");
                return;
            }
            Check(actual is not null, $"a request is not seen: {expected.Method} {expected.Target}, after {Show(seen)}");
            Check(actual!.Method == expected.Method && actual.Target == expected.Target, $"another request is seen: {expected.Method} {expected.Target}: {Show(seen)}");
            if (actual.Reads) Check(actual.Body == (expected.Body is null ? null : Notation.Show(expected.Body)), $"another body is seen: {Show(seen)}");
            var isHeldBack = expected.Expects && expected.HasBody && !actual.Reads;
            var endsByClosing = expected.IsHttp10 && i < responses.Count && responses[i].Closes;
            if (expected.Body is null || !expected.Keeps || isHeldBack || endsByClosing)
            {
                Check(i == seen.Length - 1, $"a request is seen behind the end: {Show(seen)}");
                return;
            }
        }
    }

    private static void CheckAnswers(List<FuzzResponse> responses, Seen[] seen)
    {
        if (seen.Length > 0 && seen[^1].WasCut) return;
        Check(responses.Count == seen.Length || responses.Count == seen.Length + 1, $"{seen.Length} requests and {responses.Count} responses");
        for (var i = 0; i < responses.Count; i++)
        {
            var response = responses[i];
            if (response.Status is 500) Check(i < seen.Length && seen[i].Target.Contains("/fail", StringComparison.Ordinal), "a 500, as if it were the server's fault");
            else Check(response.Status is < 500 or 501 or 505, $"a {response.Status}");
            if (i == seen.Length) Check(response is { Status: >= 400, Closes: true }, "what is refused gets an error, and the end");
            if (response.Closes) Check(i == responses.Count - 1, "nothing follows a close");
        }
    }

    private static int HashCode(List<FuzzResponse> responses, int seen)
    {
        var hash = new HashCode();
        hash.Add(seen);
        foreach (var response in responses.Take(6)) hash.Add(response.Status * 1000 + (response.Status >= 400 ? response.Body.Length : Math.Min(response.Body.Length, 3)));
        return hash.ToHashCode();
    }

    private static string Show(IEnumerable<Seen> seen) => string.Join("; ", seen.Select(one => $"{one.Method} {one.Target} {one.Body}"));

    /// <summary>A request as a handler sees it.</summary>
    private sealed record Seen(string Method, string Target)
    {
        public bool Reads { get; set; }

        public string? Body { get; set; }

        public bool WasCut { get; set; }
    }
}
