using System.Net.WebSockets;

namespace RawStream.WebSockets;

/// <summary>A WebSocket, from its handshake to its close.</summary>
internal sealed class WebSocketResponse(Func<WebSocketConnection, ValueTask> handler, WebSocketOptions options) : Response
{
    protected internal override ValueTask WriteAsync(Request request, ResponseWriter response)
    {
        if (Handshake.Refuse(request) is { } refusal) return refusal.WriteAsync(request, response);
        var agreed = Handshake.Agree(request, options);
        SetFields(response, 200, contentType: null); // The upgrade makes it a 101.
        agreed.SetFields(response.Headers);
        return RunAsync(request, response, agreed);
    }

    private async ValueTask RunAsync(Request request, ResponseWriter response, Handshake agreed)
    {
        var socket = new WebSocketConnection(request, response, await response.UpgradeAsync(Handshake.Protocol), agreed, options);
        try
        {
            socket.Open();
            await handler(socket);
            await socket.EndAsync(WebSocketCloseStatus.NormalClosure);
        }
        catch (OperationCanceledException) when (socket.IsClosing)
        {
            await socket.EndAsync(WebSocketCloseStatus.NormalClosure);
        }
        catch
        {
            await socket.EndAsync(WebSocketCloseStatus.InternalServerError);
            throw;
        }
        finally
        {
            socket.Release();
        }
    }
}
