using System.Text;

namespace RawStream.Load.Soak.Workers;

/// <summary>Many requests at once, cut anywhere: their answers come in order, none is lost or mixed with another.</summary>
internal static class Pipelining
{
    private const int MostRequests = 64;
    private const int LargestBody = 4000;

    public static async Task SessionAsync(Shift shift)
    {
        using var link = await shift.OpenAsync();
        for (var batches = shift.Random.Next(1, 10); batches > 0 && !shift.IsOver; batches--)
        {
            var asked = new (int Seed, int Size)[shift.Random.Next(1, MostRequests)];
            foreach (ref var one in asked.AsSpan()) one = (shift.Random.Next(), shift.Random.Next(LargestBody));
            var bytes = Encoding.ASCII.GetBytes(string.Concat(asked.Select(one => Requests.Get(Requests.Target(one.Seed, one.Size)))));

            var cut = shift.Random.Next(bytes.Length);
            var sending = SendAsync(link, bytes, cut);
            foreach (var (seed, size) in asked)
            {
                await link.ReadHeadAsync(200);
                await Requests.ExpectPatternAsync(link, seed, size);
                shift.Count(link);
            }
            await sending;
        }
    }

    private static async Task SendAsync(Trial.Link link, ReadOnlyMemory<byte> bytes, int cut)
    {
        await link.SendAsync(bytes[..cut]);
        await link.SendAsync(bytes[cut..]);
    }
}
