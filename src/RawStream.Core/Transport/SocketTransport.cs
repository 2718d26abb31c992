using System.Net;
using System.Net.Sockets;
using RawStream.Diagnostics;

namespace RawStream.Transport;

/// <summary>The default: <see cref="Socket"/>, on every system. What happens on a connection runs on the thread pool, and may block.</summary>
internal sealed class SocketTransport(TransportSettings settings) : ITransport
{
    public IAsyncDisposable Accept(ListeningSocket listening, Action<Connection, bool> accepted) => new Listener(listening, settings, accepted);

    public void Beat(long now)
    {
    }

    public void Dispose()
    {
    }

    private sealed class Listener : IAsyncDisposable
    {
        private readonly ListeningSocket _listening;
        private readonly TransportSettings _settings;
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _accepting;

        public Listener(ListeningSocket listening, TransportSettings settings, Action<Connection, bool> accepted)
        {
            _listening = listening;
            _settings = settings;
            _accepting = AcceptAllAsync(accepted);
        }

        public async ValueTask DisposeAsync()
        {
            var cancelling = _stop.CancelAsync();
            _listening.Close();
            await cancelling;
            await _accepting;
            _stop.Dispose();
        }

        private async Task AcceptAllAsync(Action<Connection, bool> accepted)
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    var socket = await _listening.Socket.AcceptAsync(_stop.Token);
                    if (_listening.EndPoint is IPEndPoint && !OperatingSystem.IsLinux()) socket.NoDelay = true;
                    var runsOut = DescriptorLimit.IsNear(socket.Handle);
                    accepted(new SocketConnection(socket, _settings.Limits), runsOut);
                    if (runsOut) await _settings.RestAsync(SocketError.TooManyOpenSockets);
                }
                catch (Exception e) when (_stop.IsCancellationRequested && e is OperationCanceledException or SocketException or ObjectDisposedException)
                {
                    return;
                }
                catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
                {
                    await _settings.RestAsync(e.SocketErrorCode);
                }
                catch (SocketException e)
                {
                    Log.AcceptFailed(_settings.Logger, e.SocketErrorCode); // The peer gave up while it was in the backlog.
                }
            }
        }
    }
}
