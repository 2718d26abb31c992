using System.Globalization;
using System.Text;
using RawStream.Load.Subject;
using RawStream.Load.Trial;

namespace RawStream.Load.Soak.Workers;

/// <summary>One request after the other on a connection: each answer is whole, and the one that was asked for.</summary>
internal static class Requests
{
    private const int OfAChurn = 10;

    public static async Task KeepAliveAsync(Shift shift, bool isSecure)
    {
        using var link = await shift.OpenAsync(isSecure);
        for (var left = shift.Random.Next(1, 300); left > 0 && !shift.IsOver; left--)
        {
            if (left % 4 == 0) await AskPatternAsync(shift, link);
            else await AskGreetingAsync(shift, link);
        }
    }

    /// <summary>The last request asks for the close, or the client just leaves.</summary>
    public static async Task ChurnAsync(Shift shift)
    {
        using var link = await shift.OpenAsync();
        for (var left = OfAChurn; left > 1; left--) await AskGreetingAsync(shift, link);
        if (shift.Random.Next(2) == 0) return;
        await AskGreetingAsync(shift, link, "Connection: close\r\n");
        if (!await link.IsClosedAsync()) throw new InvalidDataException("bytes after the last response");
    }

    public static string Target(int seed, int size) => string.Create(CultureInfo.InvariantCulture, $"/pattern?seed={seed}&size={size}");

    public static string Get(string target, string fields = "") => $"GET {target} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n";

    /// <summary>Reads content and compares each byte.</summary>
    /// <returns>How much there was.</returns>
    public static async Task<long> ReadPatternAsync(Link link, int seed, long from = 0)
    {
        var piece = new byte[16 * 1024];
        var position = from;
        while (await link.ReadAsync(piece) is var read && read > 0)
        {
            if (!Pattern.Matches(seed, position, piece.AsSpan(0, read))) throw new InvalidDataException("wrong bytes");
            position += read;
        }
        return position - from;
    }

    public static async Task ExpectPatternAsync(Link link, int seed, long size, long from = 0)
    {
        if (await ReadPatternAsync(link, seed, from) != size) throw new InvalidDataException("a wrong length");
    }

    public static async Task ExpectGreetingAsync(Link link)
    {
        await link.ReadHeadAsync(200);
        if (Encoding.ASCII.GetString(await link.ReadAllAsync()) != SubjectRoutes.Greeting) throw new InvalidDataException("wrong bytes");
    }

    private static async Task AskGreetingAsync(Shift shift, Link link, string fields = "")
    {
        await link.SendAsync(Get("/plaintext", fields));
        await ExpectGreetingAsync(link);
        shift.Count(link);
    }

    private static async Task AskPatternAsync(Shift shift, Link link)
    {
        var (seed, size) = (shift.Random.Next(), shift.Random.Next(shift.Random.Next(1, SubjectRoutes.LargestBody)));
        await link.SendAsync(Get(Target(seed, size)));
        await link.ReadHeadAsync(200);
        await ExpectPatternAsync(link, seed, size);
        shift.Count(link);
    }
}
