using System.Threading.Channels;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>A sequence that the test feeds, and that tells what became of it.</summary>
/// <param name="endsQuietly">Cancelled, it ends as if that were its end, and does not throw.</param>
internal sealed class Feed<T>(bool endsQuietly = false) : IAsyncEnumerable<T>
{
    private readonly Channel<T> _items = Channel.CreateUnbounded<T>();

    public int Enumerations { get; private set; }

    public Signal Cancelled { get; } = new();

    public Signal Disposed { get; } = new();

    public Feed<T> Give(params IEnumerable<T> items)
    {
        foreach (var item in items) _items.Writer.TryWrite(item);
        return this;
    }

    public Feed<T> End(Exception? failure = null)
    {
        _items.Writer.Complete(failure);
        return this;
    }

    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        Enumerations++;
        cancellationToken.UnsafeRegister(_ => Cancelled.Set(), null); // Not disposed of: the end of the sequence may come before its turn.
        try
        {
            while (await HasMoreAsync(cancellationToken))
                while (_items.Reader.TryRead(out var item))
                    yield return item;
        }
        finally
        {
            Disposed.Set();
        }
    }

    private async ValueTask<bool> HasMoreAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _items.Reader.WaitToReadAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (endsQuietly)
        {
            return false;
        }
    }
}
