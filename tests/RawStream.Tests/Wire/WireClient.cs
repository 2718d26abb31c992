using RawStream.Transport;

namespace RawStream.Tests.Wire;

/// <summary>
/// A client of bytes. It reads all the time, as a peer must that does not want to be waited for, and never waits
/// without a bound itself.
/// </summary>
internal sealed class WireClient : IAsyncDisposable
{
    private readonly MemoryClient _stream;
    private readonly CancellationTokenSource _patience;
    private readonly Lock _gate = new();
    private readonly Task _reading;
    private byte[] _received = new byte[1024];
    private int _length;
    private bool _ended;
    private TaskCompletionSource _changed = NewSignal();

    public WireClient(HttpServer server, TimeSpan patience)
    {
        _stream = (MemoryClient)server.Connect();
        _patience = new CancellationTokenSource(patience);
        _reading = ReadToEndAsync();
    }

    /// <summary>All that has come so far.</summary>
    public ReadOnlyMemory<byte> Received
    {
        get
        {
            lock (_gate) return _received.AsMemory(0, _length);
        }
    }

    /// <summary>The server has sent its FIN, or the connection is gone.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_gate) return _ended;
        }
    }

    /// <summary>Sends, and is told false when the server takes nothing any more.</summary>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _stream.WriteAsync(bytes, _patience.Token);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void HalfClose() => _stream.CompleteWrites();

    public void Abort() => _stream.Abort();

    /// <summary>Waits for this many bytes in all, or for the end.</summary>
    /// <exception cref="OperationCanceledException">They did not come in time.</exception>
    public Task WaitForAsync(int length) => WaitUntilAsync(() => _ended || _length >= length);

    /// <summary>Waits for the server's FIN.</summary>
    /// <exception cref="OperationCanceledException">It did not come in time.</exception>
    public Task WaitForEndAsync() => WaitUntilAsync(() => _ended);

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        await _patience.CancelAsync();
        await _reading;
        _patience.Dispose();
    }

    private async Task WaitUntilAsync(Func<bool> condition)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (condition()) return;
                changed = _changed.Task;
            }
            await changed.WaitAsync(_patience.Token);
        }
    }

    private async Task ReadToEndAsync()
    {
        try
        {
            var count = 1;
            while (count > 0)
            {
                count = await _stream.ReadAsync(FreeSpace(), _patience.Token);
                Report(count);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            Report(0);
        }
    }

    /// <summary>Room behind what was received. A grown array leaves the old one, and all who look at it, alone.</summary>
    private Memory<byte> FreeSpace()
    {
        lock (_gate)
        {
            if (_length == _received.Length) Array.Resize(ref _received, _length * 2);
            return _received.AsMemory(_length);
        }
    }

    private void Report(int count)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _length += count;
            _ended |= count == 0;
            changed = _changed;
            _changed = NewSignal();
        }
        changed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
