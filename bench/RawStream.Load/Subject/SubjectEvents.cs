using System.Text;

namespace RawStream.Load.Subject;

/// <summary><c>GET /sse</c>: the numbers from 1, each an event with an id, 50 of them a second, to everybody. Whoever comes back goes on behind the last one.</summary>
internal sealed class SubjectEvents : IAsyncDisposable
{
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);

    private const int Sizes = 400;
    private const int MaxEvents = 4096;

    private readonly Broadcast<string> _events = new(new BroadcastOptions { MaxEvents = MaxEvents, MaxBytes = 4 * 1024 * 1024 });
    private readonly CancellationTokenSource _stop = new();
    private Task _publishing = Task.CompletedTask;

    public int Subscribers => _events.Subscribers;

    /// <summary>The data of an event: its number, and content that follows from it.</summary>
    public static string Data(int number) => $"{number} {Encoding.ASCII.GetString(Pattern.At(number, 0, number * 37 % Sizes).Span)}";

    public void Map(HttpServer server) => server.Map("GET /sse", request => Response.Events(_events.Subscribe(request.LastEventId)));

    /// <summary>The log is full from the start: it is not to be what grows.</summary>
    public void Start()
    {
        for (var number = 1; number <= MaxEvents; number++) _events.Publish(Data(number));
        _publishing = PublishAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _publishing;
        _events.Complete();
        _stop.Dispose();
    }

    private async Task PublishAsync()
    {
        using var timer = new PeriodicTimer(Period);
        try
        {
            for (var number = MaxEvents + 1; await timer.WaitForNextTickAsync(_stop.Token); number++) _events.Publish(Data(number));
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
    }
}
