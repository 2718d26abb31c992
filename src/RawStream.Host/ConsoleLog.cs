using Microsoft.Extensions.Logging;

namespace RawStream.Host;

/// <summary>
/// Log lines on stderr; stdout is for the one line. What writes them is made when the first one comes, or when the server has started: to make it takes a sixth of a start.
/// </summary>
internal sealed class ConsoleLog(LogLevel least) : ILoggerFactory
{
    private readonly Lazy<ILoggerFactory> _console = new(() => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(least)
        .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)));

    /// <summary>Gets ready in the background. (When file descriptors run out, which is worth a line, it is too late to load code.)</summary>
    public void Prepare() => Task.Run(() => _console.Value);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => _console.Value.AddProvider(provider);

    public void Dispose()
    {
        if (_console.IsValueCreated) _console.Value.Dispose();
    }

    private sealed class Logger(ConsoleLog log, string category) : ILogger
    {
        private readonly Lazy<ILogger> _logger = new(() => log._console.Value.CreateLogger(category));

        public bool IsEnabled(LogLevel logLevel) => logLevel >= log.Least;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => _logger.Value.BeginScope(state);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) _logger.Value.Log(logLevel, eventId, state, exception, formatter);
        }
    }

    private LogLevel Least => least;
}
