namespace RawStream.Transport.Epoll;

/// <summary>
/// An open file descriptor that some threads use while another one closes it. The kernel gives a number that was closed to the next file that is opened, so
/// it is closed when no call is under way: that call might reach somebody else's connection.
/// </summary>
internal struct Descriptor(int number)
{
    private const int Closing = 1 << 30, Closed = 1 << 29;

    private readonly int _number = number;
    private int _uses;

    /// <summary>False when it is closed, or is about to be. True must be followed by <see cref="Done"/>.</summary>
    public bool TryUse(out int number)
    {
        number = _number;
        if ((Interlocked.Increment(ref _uses) & Closing) == 0) return true;
        Done();
        return false;
    }

    public void Done()
    {
        if (Interlocked.Decrement(ref _uses) == Closing) CloseOnce();
    }

    /// <summary>False when somebody else was faster.</summary>
    public bool Close()
    {
        var before = Interlocked.Or(ref _uses, Closing);
        if ((before & Closing) != 0) return false;
        if (before == 0) CloseOnce();
        return true;
    }

    private void CloseOnce()
    {
        if (Interlocked.CompareExchange(ref _uses, Closing | Closed, Closing) == Closing) LinuxSystem.Close(_number);
    }
}
