using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Machine;

/// <summary>A connection as a state machine: thousands of random interleavings of what a peer, a clock, handlers and a stop can do.</summary>
public sealed class ConnectionMachineTests
{
    private const int SeedsOfBlock = 600;

    [Test]
    public async Task Whatever_happens_in_whatever_order_the_model_holds([Values(1, 10_001, 20_001, 0)] int first)
    {
        if (first == 0) first = Random.Shared.Next(1_000_000, int.MaxValue / 2000);
        TestContext.Out.WriteLine($"seeds from {first}");
        await Task.Run(() => RunAsync(first, SeedsOfBlock)); // Away from NUnit's synchronization context.
    }

    [Test]
    public async Task All_rented_arrays_come_back()
    {
        await Task.Run(() => RunAsync(first: 30_001, count: 60));
        using var rented = new RentedArrays();

        await Task.Run(() => RunAsync(first: 30_001, count: 60));

        Assert.That(rented.HasSeenAny, Is.True);
        await Patience.UntilAsync(() => rented.Count == 0, "all arrays are returned");
    }

    private static async Task RunAsync(int first, int count)
    {
        for (var seed = first; seed < first + count; seed++)
        {
            await using var machine = new ConnectionMachine(seed);
            var fault = await machine.RunAsync();
            if (fault is not null) Assert.Fail($"seed {seed}: {fault}");
        }
    }
}
