using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using RawStream.Load.Attacks;
using RawStream.Tests.Support;

namespace RawStream.Tests.Bench;

/// <summary>Attackers notice that they were thrown out, and come back.</summary>
[Platform("Linux")]
public sealed class MobTests
{
    [TestCase(0)]
    [TestCase(100)]
    [TestCase(int.MaxValue)]
    public async Task Who_was_thrown_out_comes_back(int readBytesPerSecond)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var tactic = new Tactic(Attackers: 2) { Opening = _ => [1, 2, 3], ReadBytesPerSecond = readBytesPerSecond };
        using var mob = new Mob(tactic, (IPEndPoint)listener.LocalEndpoint, comesBack: true);
        using var first = await listener.AcceptTcpClientAsync().Within();
        using var second = await listener.AcceptTcpClientAsync().Within();
        await second.GetStream().ReadExactlyAsync(new byte[3]).Within();

        first.Client.Close(timeout: 0);

        using var again = await listener.AcceptTcpClientAsync().Within();
        second.Client.Close(timeout: 0);
        using var andAgain = await listener.AcceptTcpClientAsync().Within();
    }

    [Test]
    public async Task Each_that_has_had_a_connection_is_counted()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        using var mob = new Mob(new Tactic(Attackers: 3), (IPEndPoint)listener.LocalEndpoint, comesBack: false);
        using (var first = await listener.AcceptTcpClientAsync().Within()) first.Client.Close(timeout: 0);

        await Patience.UntilAsync(() => mob.Connected == 3, "all have been connected, one of them no more");
    }

    [Test]
    public void The_names_of_attacks_are_unique() => Assert.That(AttackList.All.Select(attack => attack.Name), Is.Unique);
}
