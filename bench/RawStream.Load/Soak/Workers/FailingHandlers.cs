using System.Text;
using RawStream.Load.Trial;

namespace RawStream.Load.Soak.Workers;

/// <summary>Handlers that fail: a 500 where nothing was sent, and otherwise a response that cannot be taken for a whole one.</summary>
internal static class FailingHandlers
{
    private static readonly string[] Targets = ["/throw-late", "/too-much", "/too-little"];

    public static async Task SessionAsync(Shift shift)
    {
        using var link = await shift.OpenAsync();
        await link.SendAsync(Requests.Get("/throw"));
        await link.ReadHeadAsync(500);
        if (Encoding.UTF8.GetString(await link.ReadAllAsync()).Contains("Exception", StringComparison.Ordinal)) throw new InvalidDataException("a client is told of an exception");
        shift.Ledger.AddExpected("status 500 of a handler that fails");

        using var other = await shift.OpenAsync();
        var target = shift.Random.GetItems(Targets, 1)[0];
        await other.SendAsync(Requests.Get(target));
        if (await IsCutOffAsync(other)) shift.Ledger.AddExpected($"cut off: {target}");
        else throw new InvalidDataException($"the connection goes on after {target}");
    }

    /// <summary>What was too long is whole, since its client has all that it was promised; but the connection has ended.</summary>
    private static async Task<bool> IsCutOffAsync(Link link)
    {
        try
        {
            if (await link.ReadHeadAsync() is { Head.Status: 500 }) return true;
            await link.ReadAllAsync();
            return await link.IsClosedAsync();
        }
        catch (CutOffException)
        {
            return true;
        }
    }
}
