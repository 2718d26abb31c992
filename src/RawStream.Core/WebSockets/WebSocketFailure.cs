using System.Net.WebSockets;

namespace RawStream.WebSockets;

/// <summary>The client is at fault: the connection is closed with this status (RFC 6455 §7.1.7).</summary>
internal sealed class WebSocketFailure(WebSocketCloseStatus status, string message) : Exception(message)
{
    public WebSocketCloseStatus Status { get; } = status;
}
