using System.Globalization;
using System.Text;
using RawStream.Load.Subject;
using RawStream.Load.Trial;

namespace RawStream.Load.Soak.Workers;

/// <summary>Clients that leave anywhere: within a head, a body, a response; with a FIN or a reset. What they leave behind is looked at when all is over.</summary>
internal static class Aborts
{
    private const int BodySize = 100_000;

    public static async Task SessionAsync(Shift shift)
    {
        var isSecure = shift.Random.Next(5) == 0;
        using var link = await shift.OpenAsync(isSecure);
        var kind = shift.Random.Next(4);
        if (kind == 0) await SendPartAsync(shift, link, Requests.Get(Requests.Target(1, 1000), "X-Field: 1\r\nX-Other: 2\r\n"));
        else if (kind == 1) await SendPartAsync(shift, link, Upload(shift.Random));
        else if (kind == 2) await LeaveResponseAsync(shift, link, Streams.Target(1000, shift.Random.Next(1, 20_000), 1));
        else await LeaveResponseAsync(shift, link, shift.Random.GetItems(["/tick?ms=10", "/sse", "/endless", "/deaf"], 1)[0]);

        var isReset = shift.Random.Next(2) == 0;
        if (isReset) link.Reset();
        shift.Ledger.AddExpected($"left within {(kind == 0 ? "a head" : kind == 1 ? "a body" : "a response")}, by {(isReset ? "RST" : "FIN")}");
    }

    private static async Task SendPartAsync(Shift shift, Link link, string request) =>
        await link.SendAsync(request[..shift.Random.Next(request.Length)]);

    private static string Upload(Random random)
    {
        var body = Encoding.ASCII.GetString(Pattern.Bytes(1, BodySize));
        var head = "POST /echo HTTP/1.1\r\nHost: localhost\r\n";
        return random.Next(2) == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{head}Content-Length: {BodySize}\r\n\r\n{body}")
            : $"{head}Transfer-Encoding: chunked\r\n\r\n{BodySize:x}\r\n{body}\r\n0\r\n\r\n";
    }

    private static async Task LeaveResponseAsync(Shift shift, Link link, string target)
    {
        await link.SendAsync(Requests.Get(target));
        if (shift.Random.Next(3) == 0) return;
        await link.ReadHeadAsync(200);
        if (target == "/deaf") return;
        var piece = new byte[4096];
        var left = shift.Random.Next(10);
        while (left-- > 0 && !shift.IsOver && await link.ReadAsync(piece) > 0)
        {
            // Some of it, and no more.
        }
    }
}
