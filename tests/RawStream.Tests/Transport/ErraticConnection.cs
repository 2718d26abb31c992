using System.Net;
using RawStream.Transport;

namespace RawStream.Tests.Transport;

/// <summary>
/// A transport of moods: a send takes a part, or nothing; what it leaves pending is finished later on another thread. It checks each byte as
/// it comes, and reads a pending send's bytes as late as a kernel may.
/// </summary>
internal sealed class ErraticConnection(int seed, int bound, long bytesUntilLost) : Connection(new TransportLimits(4096, bound))
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private int _pending;
    private bool _isSending;

    /// <summary>The byte that stands at a place in the stream: neighbours, and places that are a power of two apart, differ.</summary>
    public static byte ByteAt(long place) => (byte)(place % 251);

    public long Received { get; private set; }

    /// <summary>What was wrong first.</summary>
    public string? Fault { get; private set; }

    public override EndPoint? RemoteEndPoint => null;

    /// <summary>Completes when no send is under way.</summary>
    public async Task WhenQuietAsync()
    {
        while (Volatile.Read(ref _pending) > 0) await Task.Yield();
    }

    public override int TrySend(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_isSending) Fault ??= "two sends at a time";
            if (IsLost) return Lost;
            return _random.Next(4) == 0 ? Pending : Take(bytes, _random.Next(1, bytes.Length + 1));
        }
    }

    public override int StartSend(ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            if (IsLost) return Lost;
            if (_random.Next(4) == 0) return Take(bytes.Span, _random.Next(1, bytes.Length + 1));
            _isSending = true;
        }
        Interlocked.Increment(ref _pending);
        ThreadPool.UnsafeQueueUserWorkItem(Finish, bytes, preferLocal: false);
        return Pending;
    }

    public override int TryReceive(Span<byte> buffer) => Pending;

    public override bool ArmRead() => true;

    public override void CloseBoth() => CloseSending();

    public override void CloseSending()
    {
        // Nobody reads.
    }

    public override void Close(bool reset)
    {
        // There is nothing to let go of.
    }

    private bool IsLost => Received >= bytesUntilLost;

    private void Finish(ReadOnlyMemory<byte> bytes)
    {
        if (seed % 2 == 0) Thread.Yield();
        int sent;
        lock (_gate)
        {
            sent = Take(bytes.Span, _random.Next(1, bytes.Length + 1));
            if (IsLost) sent = Lost;
            _isSending = false;
        }
        Output.OnSent(sent);
        Interlocked.Decrement(ref _pending);
    }

    private int Take(ReadOnlySpan<byte> bytes, int count)
    {
        for (var i = 0; i < count; i++)
            if (bytes[i] != ByteAt(Received + i))
                Fault ??= $"byte {Received + i} is {bytes[i]}, not {ByteAt(Received + i)}";
        Received += count;
        return count;
    }
}
