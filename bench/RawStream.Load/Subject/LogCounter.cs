using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace RawStream.Load.Subject;

/// <summary>Counts what the server logs at Warning and above, by event; what a handler of <see cref="Misbehaviour"/> is there for does not count.</summary>
internal sealed class LogCounter : ILoggerFactory, ILogger
{
    private const int MostPrinted = 20;

    private readonly ConcurrentDictionary<string, long> _counts = new();
    private int _printed;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var line = formatter(state, exception);
        if (exception is DeliberateException || Misbehaviour.IsExpected(line)) return;
        _counts.AddOrUpdate($"log-{logLevel.ToString().ToLowerInvariant()}-{eventId.Name}", 1, (_, count) => count + 1);
        if (logLevel < LogLevel.Error || Interlocked.Increment(ref _printed) > MostPrinted) return;
        Console.Error.WriteLine($"{line} {exception}");
    }

    /// <summary>A name and a number a line.</summary>
    public override string ToString() => string.Join('\n', _counts.Select(count => $"{count.Key} {count.Value}"));

    public void Dispose()
    {
        // There is nothing to release.
    }
}
