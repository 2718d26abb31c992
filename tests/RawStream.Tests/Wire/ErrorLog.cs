using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace RawStream.Tests.Wire;

/// <summary>Keeps what is logged as an error, and nothing else.</summary>
internal sealed class ErrorLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(string Message, Exception? Exception)> _errors = [];

    public ConcurrentQueue<(string Message, Exception? Exception)> Errors => _errors;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) _errors.Enqueue((formatter(state, exception), exception));
    }

    public void Dispose()
    {
        // There is nothing to let go of.
    }
}
