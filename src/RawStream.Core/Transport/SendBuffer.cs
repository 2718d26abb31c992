using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace RawStream.Transport;

/// <summary>
/// The bytes of a <see cref="ConnectionWriter"/> in one rented array, <c>sent | unsent | written, not flushed | room</c>. It is rented when there is
/// something to send and given back when all is sent; one that a sender still reads from is left to that.
/// </summary>
internal struct SendBuffer(int bound)
{
    private const int SmallestArray = 4096;

    private byte[]? _array;
    private byte[]? _inFlight; // The array that the sender reads from outside the gate.
    private int _nextSize = SmallestArray;

    /// <summary>The first unsent byte.</summary>
    public int Start { get; private set; }

    /// <summary>The end of the bytes that may be sent.</summary>
    public int Flushed;

    /// <summary>The end of the written bytes.</summary>
    public int End;

    /// <summary>The end of the bytes that were written before the last mark; 0 once they are flushed.</summary>
    public int Mark;

    public readonly int Capacity => _array is null ? 0 : _array.Length;

    /// <summary>Some bytes are in a sender's hands.</summary>
    public readonly bool IsInFlight => _inFlight is not null;

    public readonly Memory<byte> RoomMemory => _array.AsMemory(End);

    public readonly Span<byte> Room => _array.AsSpan(End);

    /// <summary>The last bytes that were written.</summary>
    public readonly Span<byte> Tail(int length) => _array.AsSpan(End - length, length);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_array.AsSpan(End));
        End += bytes.Length;
    }

    /// <summary>Hands the unsent bytes to a sender, until <see cref="Land"/>.</summary>
    public ReadOnlyMemory<byte> TakeUnsent()
    {
        _inFlight = _array;
        return _array.AsMemory(Start, Flushed - Start);
    }

    /// <summary>The sender is done with them.</summary>
    public void Land(int sent)
    {
        // MakeRoom may have moved the unsent bytes to another array meanwhile; the old one was left to us.
        if (_inFlight != _array) ArrayPool<byte>.Shared.Return(_inFlight!);
        _inFlight = null;
        Start += sent;
    }

    [MemberNotNull(nameof(_array))]
    public void MakeRoom(int size)
    {
        if (_array is null)
            _array = ArrayPool<byte>.Shared.Rent(Math.Max(size, _nextSize));
        else if (_array.Length - End < size)
            MoveToLargerArray(size);
    }

    /// <summary>Gives the array back, or only starts again at its front while a sender still reads from it.</summary>
    public void GiveBack()
    {
        if (_array is null) return;
        if (End < _nextSize / 4) _nextSize = Math.Max(_nextSize / 2, SmallestArray);
        if (_inFlight != _array) ArrayPool<byte>.Shared.Return(_array);
        _array = null;
        Start = Flushed = End = Mark = 0;
    }

    /// <summary>Moves what is not sent yet to a larger array, and leaves the old one to a sender that reads from it.</summary>
    private void MoveToLargerArray(int size)
    {
        var old = _array!;
        var kept = End - Start;
        var wanted = Math.Max(kept + size, Math.Min(old.Length * 2, bound));
        _array = ArrayPool<byte>.Shared.Rent(wanted);
        old.AsSpan(Start, kept).CopyTo(_array);
        Flushed -= Start;
        if (Mark > 0) Mark -= Start;
        End = kept;
        Start = 0;
        _nextSize = Math.Min(_array.Length, bound);
        if (_inFlight != old) ArrayPool<byte>.Shared.Return(old);
    }
}
