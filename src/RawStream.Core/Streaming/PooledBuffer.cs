using System.Buffers;

namespace RawStream.Streaming;

/// <summary>
/// A growing buffer for one event at a time: <c>using var buffer = PooledBuffer.Rent();</c>. A small one comes from the thread that gave one back last, its array with it;
/// a larger array comes from the shared pool.
/// </summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int SmallArray = 1024;

    [ThreadStatic]
    private static PooledBuffer? cached; // And one behind it: an event takes two.

    private byte[]? _small;
    private byte[] _array = [];
    private int _length;
    private PooledBuffer? _next;
    private bool _isFree;

    private PooledBuffer()
    {
    }

    public ReadOnlySpan<byte> Span => _array.AsSpan(0, _length);

    public ReadOnlyMemory<byte> Memory => _array.AsMemory(0, _length);

    public static PooledBuffer Rent()
    {
        var buffer = cached ?? new PooledBuffer();
        cached = buffer._next;
        buffer._next = null;
        buffer._isFree = false;
        return buffer;
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(Math.Max(sizeHint, 1));
        return _array.AsSpan(_length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(Math.Max(sizeHint, 1));
        return _array.AsMemory(_length);
    }

    public void Advance(int count) => _length += count;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>The last bytes are to go.</summary>
    public void TakeBack(int count) => _length -= count;

    public void Clear() => _length = 0;

    public void Dispose()
    {
        if (_isFree) return;
        _isFree = true;
        Use(_small ?? []);
        _length = 0;
        if (cached?._next is not null) return;
        _next = cached;
        cached = this;
    }

    private void MakeRoom(int size)
    {
        if (_array.Length - _length >= size) return;
        size = Math.Max(_length + size, _array.Length * 2);
        var larger = size <= SmallArray ? _small ??= new byte[SmallArray] : ArrayPool<byte>.Shared.Rent(size);
        Span.CopyTo(larger);
        Use(larger);
    }

    private void Use(byte[] array)
    {
        if (_array.Length > 0 && _array != _small) ArrayPool<byte>.Shared.Return(_array);
        _array = array;
    }
}
