using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace RawStream.Diagnostics;

/// <summary>
/// All log lines. Ids: 1 to 9 the server, 10 to 19 accepting, 20 to 29 connections, 30 to 39 handlers. Nothing that a peer sent
/// stands in a line, except the method and the request-target, whose bytes are visible ASCII by grammar. What an exception of the library quotes is made visible
/// by <see cref="Printable"/>.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Listening on {Address}")]
    public static partial void Listening(ILogger logger, EndPoint address);

    [LoggerMessage(2, LogLevel.Information, "Stopped within {Milliseconds} ms: {Finished} responses have finished, {Ended} were ended by their policy, {Aborted} were aborted")]
    public static partial void Stopped(ILogger logger, long milliseconds, int finished, int ended, int aborted);

    [LoggerMessage(3, LogLevel.Warning,
        "Stopped within {Milliseconds} ms: {Finished} responses have finished, {Ended} were ended by their policy, {Aborted} were aborted, {Cut} had to be cut")]
    public static partial void StoppedByForce(ILogger logger, long milliseconds, int finished, int ended, int aborted, int cut);

    [LoggerMessage(4, LogLevel.Information, "The certificate in {File} has changed and is in use")]
    public static partial void CertificateReloaded(ILogger logger, string file);

    [LoggerMessage(5, LogLevel.Error, "The certificate in {File} has changed and cannot be used: the one before stays in use")]
    public static partial void CertificateNotReloaded(ILogger logger, Exception exception, string file);

    [LoggerMessage(10, LogLevel.Warning, "Accepting rests: {Error}")]
    public static partial void AcceptBacksOff(ILogger logger, SocketError error);

    [LoggerMessage(11, LogLevel.Debug, "A connection was lost before it was accepted: {Error}")]
    public static partial void AcceptFailed(ILogger logger, SocketError error);

    [LoggerMessage(12, LogLevel.Warning, "Connection refused: {Open} are open, and no more are possible. Since the last such line: {Refused}")]
    public static partial void ConnectionRefused(ILogger logger, int open, int refused);

    [LoggerMessage(13, LogLevel.Debug, "A TLS handshake failed: {Error}")]
    public static partial void HandshakeFailed(ILogger logger, string error);

    [LoggerMessage(14, LogLevel.Error, "A connection failed within TLS")]
    public static partial void TlsFailed(ILogger logger, Exception exception);

    [LoggerMessage(15, LogLevel.Warning, "Connection refused: {Address} has {Open} open, and may have no more. Since the last such line, of any address: {Refused}")]
    public static partial void AddressRefused(ILogger logger, IPAddress address, int open, int refused);

    [LoggerMessage(20, LogLevel.Debug, "Connection {Id} refused a request: {Reason}, {Status}")]
    public static partial void RequestRefused(ILogger logger, long id, string reason, int status);

    [LoggerMessage(21, LogLevel.Information, "Connection {Id} closed: {Reason}")]
    public static partial void ConnectionCut(ILogger logger, long id, string reason);

    [LoggerMessage(22, LogLevel.Error, "Connection {Id} failed")]
    public static partial void ConnectionFailed(ILogger logger, Exception exception, long id);

    [LoggerMessage(23, LogLevel.Error, "Connection {Id}: a callback on Request.Aborted failed")]
    public static partial void AbortCallbackFailed(ILogger logger, Exception exception, long id);

    [LoggerMessage(24, LogLevel.Error, "Connection {Id}: a handler has left a read of its body pending")]
    public static partial void ReadLeftPending(ILogger logger, long id);

    [LoggerMessage(25, LogLevel.Warning, "Connection {Id} has held up its event loop for {Milliseconds} ms with {Request}: a handler must not block there")]
    public static partial void LoopBlocked(ILogger logger, long id, string request, long milliseconds);

    [LoggerMessage(16, LogLevel.Warning, "{Request} has held up its event loop for {Milliseconds} ms, the last of {Calls} such calls in a row: its handler begins on the thread pool from now on")]
    public static partial void HandlerLeavesLoop(ILogger logger, string request, long milliseconds, int calls);

    [LoggerMessage(30, LogLevel.Error, "The handler of {Method} {Target} failed")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string method, string target);

    [LoggerMessage(31, LogLevel.Error, "OnError failed for {Method} {Target}")]
    public static partial void ErrorHookFailed(ILogger logger, Exception exception, string method, string target);
}
