using Microsoft.Extensions.Logging;
using RawStream.Fuzz.Engine;

namespace RawStream.Fuzz.Peers;

/// <summary>A log in which nothing may stand that a peer could have made: an error of ours, or a control character that is theirs.</summary>
internal sealed class FaultLog : ILoggerFactory, ILogger
{
    /// <summary>What a handler throws in order to fail.</summary>
    public sealed class OnPurposeException() : Exception("On purpose.");

    /// <summary>What was wrong first since the last call of <see cref="Begin"/>.</summary>
    public string? Fault { get; private set; }

    /// <summary>What was refused last, as a number.</summary>
    public int Refusal { get; private set; }

    public void Begin()
    {
        Fault = null;
        Refusal = 0;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var text = formatter(state, exception);
        if (text.AsSpan().ContainsAnyInRange('\0', '\x1f') || text.AsSpan().ContainsAnyInRange('\x7f', '\x9f')) Fault ??= $"A control character in the log: {text}";
        if (logLevel >= LogLevel.Error && exception is not OnPurposeException) Fault ??= $"{text} {exception}";
        if (logLevel < LogLevel.Error) Refusal = Refusal * 31 + string.GetHashCode(LastWords(text), StringComparison.Ordinal) % 1000;
    }

    public void Dispose()
    {
        // There is nothing to let go of.
    }

    /// <exception cref="FuzzFinding">There was one.</exception>
    public void ThrowIfFault()
    {
        if (Fault is { } fault) throw new FuzzFinding($"Logged: {fault}");
    }

    /// <summary>Without the number of the connection.</summary>
    private static ReadOnlySpan<char> LastWords(string text) => text.AsSpan(text.IndexOf(':', StringComparison.Ordinal) + 1);
}
