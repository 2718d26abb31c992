using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using RawStream.Load.Attacks;
using RawStream.Tests.Support;

namespace RawStream.Tests.Bench;

/// <summary>Attackers know whether they were thrown out.</summary>
[Platform("Linux")]
public sealed class MobTests
{
    [TestCase(0)]
    [TestCase(100)]
    [TestCase(int.MaxValue)]
    public async Task Who_was_thrown_out_is_gone(int readBytesPerSecond)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var tactic = new Tactic(Attackers: 2) { Opening = _ => [1, 2, 3], ReadBytesPerSecond = readBytesPerSecond };
        using var mob = new Mob(tactic, (IPEndPoint)listener.LocalEndpoint, comesBack: false);
        using var first = await listener.AcceptTcpClientAsync();
        using var second = await listener.AcceptTcpClientAsync();
        await second.GetStream().ReadExactlyAsync(new byte[3]);

        first.Client.Close(timeout: 0);

        await Patience.UntilAsync(() => mob.Left == 1, "one is gone");
        second.Client.Close(timeout: 0);
        await Patience.UntilAsync(() => mob.Left == 0, "both are gone");
    }

    [Test]
    public async Task Who_comes_back_is_never_gone()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var mob = new Mob(new Tactic(Attackers: 1), (IPEndPoint)listener.LocalEndpoint, comesBack: true);
        using (var first = await listener.AcceptTcpClientAsync()) first.Client.Close(timeout: 0);

        using var again = await listener.AcceptTcpClientAsync().Within();

        await Patience.UntilAsync(() => mob.Left == 1, "it is there again");
    }

    [Test]
    public void The_names_of_attacks_are_unique() => Assert.That(AttackList.All.Select(attack => attack.Name), Is.Unique);
}
