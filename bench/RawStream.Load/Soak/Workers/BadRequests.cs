using RawStream.Load.Trial;

namespace RawStream.Load.Soak.Workers;

/// <summary>Requests that have to be refused: each gets its status, and those after which nobody can know where the next one begins are the last of their connection.</summary>
internal static class BadRequests
{
    private const string Host = "Host: localhost\r\n";

    private const int LongestName = 60;

    private static readonly (string Request, int Status)[] Fatal =
    [
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET  / HTTP/1.1\r\n" + Host + "\r\n", 400),
        ("G@T / HTTP/1.1\r\n" + Host + "\r\n", 400),
        ("GET / HTTP/1.1\n" + Host + "\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n" + Host + Host + "\r\n", 400),
        ("GET / HTTP/1.1\r\n" + Host + "X: a\r\n b\r\n\r\n", 400),
        ("GET / HTTP/3.0\r\n" + Host + "\r\n", 505),
        ("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\n" + Host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\n" + Host + "Content-Length: 5, 6\r\n\r\nhello", 400),
        ("POST /noread HTTP/1.1\r\n" + Host + "Transfer-Encoding: gzip\r\n\r\n", 400),
        ("GET /" + new string('a', 9000) + " HTTP/1.1\r\n" + Host + "\r\n", 414),
        ("GET / HTTP/1.1\r\n" + Host + "X: " + new string('a', 40_000) + "\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\n" + Host + string.Concat(Enumerable.Range(0, 120).Select(i => $"X-{i}: {i}\r\n")) + "\r\n", 431),
        ("POST /echo HTTP/1.1\r\n" + Host + "Content-Length: 99999999999\r\n\r\n", 413),
    ];

    private static readonly (string Request, int Status)[] Harmless =
    [
        (Requests.Get("/nowhere"), 404),
        (Requests.Get("/stream?chunks=x"), 400),
        (Requests.Get("/files/../../etc/passwd"), 404),
        ("DELETE /plaintext HTTP/1.1\r\n" + Host + "\r\n", 405),
    ];

    public static async Task SessionAsync(Shift shift)
    {
        using var link = await shift.OpenAsync();
        var goesOn = true;
        for (var left = shift.Random.Next(5); left > 0 && goesOn; left--)
            goesOn = await RefusedAsync(shift, link, shift.Random.GetItems(Harmless, 1)[0]);
        if (goesOn && await RefusedAsync(shift, link, shift.Random.GetItems(Fatal, 1)[0]))
            throw new InvalidDataException("a connection is to stay open after a request without an end");
        if (!await link.IsClosedAsync()) throw new InvalidDataException("a connection stays open after a response that closes it");
    }

    /// <summary>Whether another request may follow.</summary>
    private static async Task<bool> RefusedAsync(Shift shift, Link link, (string Request, int Status) bad)
    {
        try
        {
            await link.SendAsync(bad.Request);
            var (head, _) = await link.ReadHeadAsync() ?? throw new CutOffException("closed before a response");
            if (head.Status != bad.Status) throw new InvalidDataException($"status {head.Status} and not {bad.Status} to {Name(bad.Request)}");
            await link.ReadAllAsync();
            shift.Ledger.AddExpected($"status {bad.Status} for a bad request");
            return !head.Closes;
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            throw new InvalidDataException($"no answer to {Name(bad.Request)}: {e.Message}", e);
        }
    }

    private static string Name(string request) => $"'{request[..Math.Min(request.Length, LongestName)].ReplaceLineEndings(" ")}'";
}
