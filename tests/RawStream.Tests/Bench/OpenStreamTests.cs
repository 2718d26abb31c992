using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using RawStream.Load.Client;

namespace RawStream.Tests.Bench;

/// <summary>The ports of one address do not do for fifty thousand connections.</summary>
public sealed class OpenStreamTests
{
    [TestCase(0, "127.0.0.1")]
    [TestCase(19_999, "127.0.0.1")]
    [TestCase(20_000, "127.0.0.2")]
    [TestCase(59_999, "127.0.0.3")]
    [Platform("Linux")]
    public void Another_address_for_each_twenty_thousand(int tag, string address)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        using var stream = new OpenStream((IPEndPoint)listener.LocalEndpoint, tag, "request"u8.ToArray());

        Assert.That(((IPEndPoint)stream.Socket.LocalEndPoint!).Address, Is.EqualTo(IPAddress.Parse(address)));
    }
}
