using System.Diagnostics.CodeAnalysis;

namespace RawStream.Transport;

/// <summary>
/// Mutual exclusion for a few field accesses at a time: one atomic operation to enter and a plain store to leave, a third of what
/// <see cref="Lock"/> costs, on a path that every chunk takes. It is not re-entrant, and nothing may block inside.
/// </summary>
internal struct Gate
{
    private int _taken;

    /// <summary>To be disposed of: <c>using (_gate.Enter()) { … }</c>.</summary>
    [UnscopedRef]
    public Scope Enter()
    {
        if (Interlocked.CompareExchange(ref _taken, 1, 0) != 0) Wait();
        return new Scope(ref _taken);
    }

    private void Wait()
    {
        var spin = new SpinWait();
        while (Interlocked.CompareExchange(ref _taken, 1, 0) != 0) spin.SpinOnce();
    }

    public readonly ref struct Scope(ref int taken)
    {
        private readonly ref int _taken = ref taken;

        public void Dispose() => Volatile.Write(ref _taken, 0);
    }
}
