using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using RawStream.Tests.Support;

namespace RawStream.Tests.Stopping;

/// <summary>
/// A client that vanishes without FIN or RST: its socket gets a filter that drops all that comes (SO_ATTACH_FILTER), so that it acknowledges nothing, and answers no probe. It
/// needs no privilege.
/// </summary>
internal sealed class DeafPeer : IDisposable
{
    private const int SolSocket = 1;
    private const int SoAttachFilter = 26;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Asks, and waits until these words have come.</summary>
    public static async Task<DeafPeer> ConnectAsync(int port, string request, string until, int? window = null)
    {
        var peer = new DeafPeer();
        if (window is { } bytes) peer._socket.ReceiveBufferSize = bytes;
        await peer._socket.ConnectAsync(IPAddress.Loopback, port).Within();
        await peer._socket.SendAsync(Encoding.ASCII.GetBytes(request)).Within();
        var room = new byte[4096];
        var read = "";
        while (!read.Contains(until, StringComparison.Ordinal)) read += Encoding.Latin1.GetString(room, 0, await peer._socket.ReceiveAsync(room).Within());
        return peer;
    }

    /// <summary>From now on it hears nothing.</summary>
    public void Vanish()
    {
        // struct sock_filter { u16 code; u8 jt, jf; u32 k; } = BPF_RET | BPF_K, 0: no byte of any packet.
        var program = GCHandle.Alloc(new byte[] { 6, 0, 0, 0, 0, 0, 0, 0 }, GCHandleType.Pinned);
        try
        {
            var filter = new byte[2 * IntPtr.Size]; // struct sock_fprog { u16 length; sock_filter *filter; }
            filter[0] = 1;
            BitConverter.TryWriteBytes(filter.AsSpan(IntPtr.Size), (long)program.AddrOfPinnedObject());
            _socket.SetRawSocketOption(SolSocket, SoAttachFilter, filter);
        }
        finally
        {
            program.Free();
        }
    }

    public void Dispose() => _socket.Close(0);
}
