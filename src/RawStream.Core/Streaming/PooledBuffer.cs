using System.Buffers;

namespace RawStream.Streaming;

/// <summary>
/// A growing buffer for one event at a time: <c>using var buffer = PooledBuffer.Rent();</c>. Its array comes from the pool, and the object from
/// the thread that returned one last.
/// </summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int SmallestArray = 512;

    [ThreadStatic]
    private static PooledBuffer? cached;

    private byte[] _array = [];
    private int _length;

    private PooledBuffer()
    {
    }

    public ReadOnlySpan<byte> Span => _array.AsSpan(0, _length);

    public ReadOnlyMemory<byte> Memory => _array.AsMemory(0, _length);

    public static PooledBuffer Rent()
    {
        var buffer = cached ?? new PooledBuffer();
        cached = null;
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

    public void Clear() => _length = 0;

    public void Dispose()
    {
        if (_array.Length > 0) ArrayPool<byte>.Shared.Return(_array);
        _array = [];
        _length = 0;
        cached = this;
    }

    private void MakeRoom(int size)
    {
        if (_array.Length - _length >= size) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + size, Math.Max(_array.Length * 2, SmallestArray)));
        _array.AsSpan(0, _length).CopyTo(larger);
        if (_array.Length > 0) ArrayPool<byte>.Shared.Return(_array);
        _array = larger;
    }
}
