namespace RawStream.Tests.Support;

/// <summary>Something that happens once, and whoever waits for it.</summary>
internal sealed class Signal
{
    private readonly TaskCompletionSource _happened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool HasCome => _happened.Task.IsCompleted;

    public void Set() => _happened.TrySetResult();

    public Task WaitAsync() => _happened.Task.Within();

    /// <summary>Completes when the token fires.</summary>
    public static Task Of(CancellationToken token)
    {
        var signal = new Signal();
        token.UnsafeRegister(_ => signal.Set(), null);
        return signal.WaitAsync();
    }
}
