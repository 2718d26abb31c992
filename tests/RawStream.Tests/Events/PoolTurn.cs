using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>Heartbeats go through the thread pool. To see that none was sent, a test gives all that were queued their turn first.</summary>
internal static class PoolTurn
{
    public static async Task PassAsync()
    {
        for (var i = 0; i < 2 * ThreadPool.ThreadCount; i++)
        {
            var turn = new Signal();
            ThreadPool.UnsafeQueueUserWorkItem(static turn => turn.Set(), turn, preferLocal: false);
            await turn.WaitAsync();
        }
    }
}
