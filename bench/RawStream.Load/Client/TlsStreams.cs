using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using RawStream.Load.Wire;

namespace RawStream.Load.Client;

/// <summary>
/// Responses over TLS, each read as it comes, and asked for again when it has ended. The decryption costs the load's core about what the encryption costs the server's.
/// </summary>
internal sealed class TlsStreams(int port, string target) : IDisposable
{
    private const int ConnectedAtOnce = 64;
    private const int Buffer = 16 * 1024;
    private const int SmallBuffer = 512;
    private const int Few = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly byte[] _request = Requests.Batch(Requests.Get(target), 1);
    private readonly List<SslStream> _connections = [];
    private readonly List<ResponseReader> _readers = [];
    private readonly List<Task> _reading = [];

    /// <summary>Chunks that have come so far, of all of them.</summary>
    /// <exception cref="InvalidDataException">A stream has ended.</exception>
    public long Frames => _reading.Find(reading => reading.IsCompleted) is { } ended
        ? throw new InvalidDataException($"a stream has ended: {ended.Exception?.GetBaseException().Message ?? "closed"}")
        : _readers.Sum(reader => reader.Frames);

    /// <summary>Adds streams; each has been asked for. A few have a thread each: one that never waits would keep the pool's from the others.</summary>
    public void Connect(int count)
    {
        foreach (var group in Enumerable.Range(0, count).Chunk(ConnectedAtOnce))
        {
            var connecting = group.Select(_ => ConnectAsync()).ToArray();
            if (!Task.WaitAll(connecting, Patience)) throw new InvalidDataException($"after {Patience.TotalSeconds} s, a handshake has not ended");
            foreach (var connection in connecting.Select(connect => connect.Result))
            {
                var reader = new ResponseReader();
                _connections.Add(connection);
                _readers.Add(reader);
                _reading.Add(count > Few
                    ? Task.Run(() => ReadAsync(connection, reader))
                    : Task.Factory.StartNew(() => Read(connection, reader), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
            }
        }
    }

    public void Dispose()
    {
        foreach (var connection in _connections) connection.Dispose();
        Task.WhenAll(_reading).ContinueWith(_ => { }, TaskScheduler.Default).Wait(Patience); // A read that is cut short has failed, and that is meant.
    }

    private async Task<SslStream> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var connection = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
        await connection.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null, // It is made for the run, and nobody vouches for it.
        });
        await connection.WriteAsync(_request);
        return connection;
    }

    private void Read(SslStream connection, ResponseReader reader)
    {
        var buffer = new byte[Buffer];
        while (connection.Read(buffer) is var read && read > 0)
        {
            var responses = reader.Responses;
            reader.Read(buffer.AsSpan(0, read));
            if (reader.Responses > responses) connection.Write(_request);
        }
    }

    private static async Task ReadAsync(SslStream connection, ResponseReader reader)
    {
        var buffer = new byte[SmallBuffer];
        while (await connection.ReadAsync(buffer) is var read && read > 0) reader.Read(buffer.AsSpan(0, read));
    }
}
