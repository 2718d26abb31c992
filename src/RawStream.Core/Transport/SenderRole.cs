namespace RawStream.Transport;

/// <summary>
/// Who sends what a <see cref="ConnectionWriter"/> has let go: nobody, somebody who is at it (a thread, or the transport), or the queue, that is whoever comes to the work item that was queued for it.
/// The role may be taken from the queue before it comes to that; the work item then stays in it, and is used again.
/// </summary>
internal struct SenderRole()
{
    private enum Holder
    {
        Nobody,
        Queue,
        Somebody,
    }

    private Holder _holder;
    private bool _isInQueue; // The work item.
    private long _lastBusy = -1;

    public readonly bool IsFree => _holder == Holder.Nobody;

    /// <summary>Somebody is at it.</summary>
    public readonly bool IsTaken => _holder == Holder.Somebody;

    /// <summary>It was not busy in this tick of the clock, which is 1 to 4 ms long.</summary>
    public readonly bool IsQuiet => _lastBusy != Environment.TickCount64;

    public void Take() => _holder = Holder.Somebody;

    public void Free() => _holder = Holder.Nobody;

    public void MarkBusy() => _lastBusy = Environment.TickCount64;

    /// <summary>Gives the role to the queue.</summary>
    public void Queue(Connection connection, IThreadPoolWorkItem work)
    {
        _holder = Holder.Queue;
        QueueTurn(connection, work);
    }

    /// <summary>Has the work item called, whoever has the role.</summary>
    public void QueueTurn(Connection connection, IThreadPoolWorkItem work)
    {
        if (_isInQueue) return;
        _isInQueue = true;
        connection.Queue(work);
    }

    /// <summary>The work item is called: true when it is to send.</summary>
    public bool OnTurn()
    {
        _isInQueue = false;
        if (_holder != Holder.Queue) return false;
        Take();
        return true;
    }
}
