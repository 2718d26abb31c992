using NUnit.Framework;

namespace RawStream.Tests.Support;

/// <summary>The bound of every wait: no test hangs. It says nothing about speed.</summary>
internal static class Patience
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static Task Within(this Task task) => task.WaitAsync(Limit);

    public static Task<T> Within<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task Within(this ValueTask task) => task.AsTask().WaitAsync(Limit);

    public static Task<T> Within<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Limit);

    /// <summary>Waits for what gives no signal, such as a counter of the server. No timer of its own runs while it looks.</summary>
    public static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => new ValueTask<bool>(condition()), what);

    /// <inheritdoc cref="UntilAsync(Func{bool}, string)"/>
    public static async Task UntilAsync(Func<ValueTask<bool>> condition, string what)
    {
        var deadline = Environment.TickCount64 + (long)Limit.TotalMilliseconds;
        while (!await condition())
        {
            if (Environment.TickCount64 > deadline) Assert.Fail($"Waited for {Limit.TotalSeconds} s, but not: {what}");
            await Task.Delay(1);
        }
    }
}
