using System.Net.Sockets;
using RawStream.Load.Trial;

namespace RawStream.Load.Soak.Workers;

/// <summary>A client that asks for a stream without an end and reads nothing: the server has to part with it, in its write timeout and some.</summary>
internal static class Stalled
{
    // Two periods of the write timeout, 5 s each, since a client that has taken something has another one; and some for a busy machine.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(14);

    // What can lie in the buffers of both ends.
    private const long MostBytes = 32 * 1024 * 1024;

    public static async Task SessionAsync(Shift shift)
    {
        using var link = await shift.OpenAsync(receiveBuffer: 4096);
        await link.SendAsync(Requests.Get("/endless"));
        await shift.RestAsync(Timeout);
        if (shift.IsOver) return;
        try
        {
            await link.ReadHeadAsync(200);
            var piece = new byte[64 * 1024];
            while (link.Bytes < MostBytes)
                if (await link.ReadAsync(piece) == 0) throw new InvalidDataException("an endless response has ended");
        }
        catch (CutOffException)
        {
            shift.Ledger.AddExpected("cut off for not reading");
            return;
        }
        throw new InvalidDataException("a client that does not read is not cut off");
    }
}
