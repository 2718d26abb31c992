using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using RawStream.Tests.Support;

namespace RawStream.Tests.Browser;

// Chromium's DevTools protocol is JSON over a WebSocket. A session is a tab that one has attached to.
//
//   > {"id":7,"sessionId":"A1","method":"Page.navigate","params":{"url":"http://127.0.0.1:8000/"}}
//   < {"id":7,"sessionId":"A1","result":{"frameId":"F3"}}
//   < {"sessionId":"A1","method":"Page.loadEventFired","params":{"timestamp":1.5}}

/// <summary>Commands to a browser, and what it tells by itself.</summary>
internal sealed class DevTools : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonObject>> _pending = [];
    private readonly ConcurrentDictionary<string, Action<string, JsonObject>> _listeners = [];
    private Task _receiving = Task.CompletedTask;
    private int _lastId;

    public static async Task<DevTools> ConnectAsync(Uri address)
    {
        var tools = new DevTools();
        await tools._socket.ConnectAsync(address, CancellationToken.None).Within();
        tools._receiving = tools.ReceiveAsync();
        return tools;
    }

    /// <summary>Has the events of a session sent to <paramref name="listener"/>: method and parameters.</summary>
    public void Listen(string session, Action<string, JsonObject> listener) => _listeners[session] = listener;

    /// <exception cref="InvalidOperationException">The browser refuses.</exception>
    public async Task<JsonObject> SendAsync(string method, JsonObject? parameters = null, string? session = null)
    {
        var id = Interlocked.Increment(ref _lastId);
        var command = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (session is not null) command["sessionId"] = session;
        var answer = _pending[id] = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes<JsonNode>(command), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
        return await answer.Task.Within();
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _receiving.Within();
        _socket.Dispose();
        _sending.Dispose();
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (await ReadAsync() is { } message) Dispatch(message);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The browser or the test has ended.
        }
        foreach (var answer in _pending.Values) answer.TrySetException(new InvalidOperationException("The browser has gone."));
    }

    private async Task<JsonObject?> ReadAsync()
    {
        var room = new byte[64 * 1024];
        using var text = new MemoryStream();
        while (true)
        {
            var piece = await _socket.ReceiveAsync(room.AsMemory(), CancellationToken.None);
            if (piece.MessageType == WebSocketMessageType.Close) return null;
            text.Write(room, 0, piece.Count);
            if (piece.EndOfMessage) return JsonNode.Parse(text.GetBuffer().AsSpan(0, (int)text.Length))!.AsObject();
        }
    }

    private void Dispatch(JsonObject message)
    {
        if (message["id"]?.GetValue<int>() is not { } id)
        {
            if (message["sessionId"]?.GetValue<string>() is { } session && _listeners.TryGetValue(session, out var listener))
                listener(message["method"]!.GetValue<string>(), message["params"]!.AsObject());
            return;
        }
        if (!_pending.TryRemove(id, out var answer)) return;
        if (message["error"] is { } error) answer.TrySetException(new InvalidOperationException(error.ToJsonString()));
        else answer.TrySetResult(message["result"]!.AsObject());
    }
}
