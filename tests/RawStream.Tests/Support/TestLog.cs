using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace RawStream.Tests.Support;

/// <summary>Keeps every log line.</summary>
internal sealed class TestLog : ILoggerFactory, ILogger
{
    public sealed record Line(LogLevel Level, int Id, string Text, Exception? Exception);

    private readonly ConcurrentQueue<Line> _lines = [];

    public IReadOnlyList<Line> Lines => [.. _lines];

    public void AssertQuiet(LogLevel from = LogLevel.Error) =>
        Assert.That(_lines.Where(line => line.Level >= from), Is.Empty, "nothing is to be logged");

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue(new Line(logLevel, eventId.Id, formatter(state, exception), exception));

    public void Dispose()
    {
        // There is nothing to let go of.
    }
}
