using System.Text;

namespace RawStream.Load.Soak.Workers;

/// <summary>Numbers on a timer: each comes once, in order, in a chunk of its own.</summary>
internal static class Ticks
{
    public static async Task SessionAsync(Shift shift)
    {
        using var link = await shift.OpenAsync();
        await link.SendAsync(Requests.Get($"/tick?ms={shift.Random.Next(1, 20) * 10}"));
        await link.ReadHeadAsync(200);
        var piece = new byte[4096];
        var ticks = shift.Random.Next(1, 100);
        var tick = 0;
        for (; tick < ticks && !shift.IsOver; tick++)
        {
            var line = Encoding.ASCII.GetBytes($"tick {tick}\n");
            for (var done = 0; done < line.Length;)
            {
                var read = await link.ReadAsync(piece);
                if (read == 0 || !line.AsSpan(done).StartsWith(piece.AsSpan(0, read))) throw new InvalidDataException("a tick is not the next one");
                done += read;
            }
        }
        if (link.Chunks > tick) throw new InvalidDataException("a tick is more than one chunk");
        shift.Count(link);
        if (shift.Random.Next(2) == 0) link.Reset();
    }
}
