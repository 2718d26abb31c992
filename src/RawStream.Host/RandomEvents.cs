using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json.Serialization;

namespace RawStream.Host;

/// <summary>
/// <c>GET /random?every=2000&amp;for=10000</c>: JSON, and an end. <c>GET /numbers</c>: ids, and readers of another origin.
/// </summary>
internal sealed class RandomEvents(TimeProvider time)
{
    private const int EveryMin = 10;
    private const int EveryMax = 60_000;
    private const int ForMax = 3_600_000;
    private const int UsualCount = 5;
    private const int NumberMax = 1000;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>It ends with <c>[DONE]</c>: an EventSource that is not closed then would come back and begin again.</summary>
    public Response Samples(Request request)
    {
        var every = QueryNumber.Read(request, "every", otherwise: 2000, EveryMin, EveryMax);
        var duration = QueryNumber.Read(request, "for", otherwise: UsualCount * every, min: every, max: ForMax);
        var samples = Ticker.Every(TimeSpan.FromMilliseconds(every), time)
            .Take(duration / every)
            .Select(_ => new SseItem<Sample>(Sample.Next()));
        return Response.Events(samples, RandomJson.Default.Sample, end: "[DONE]");
    }

    /// <summary>A page of any origin may read it. A client that comes back gets ids that go on where it was.</summary>
    public Response Numbers(Request request)
    {
        _ = int.TryParse(request.LastEventId, NumberStyles.None, CultureInfo.InvariantCulture, out var last);
        var numbers = Ticker.Every(Second, time).Select((_, index) => Number(last + 1L + index));
        return Response.Events(numbers, options: new EventStreamOptions { Retry = Second }).With("Access-Control-Allow-Origin", "*");
    }

    private static SseItem<string> Number(long id) =>
        new(Random.Shared.Next(NumberMax).ToString(CultureInfo.InvariantCulture)) { EventId = id.ToString(CultureInfo.InvariantCulture) };
}

/// <summary>What <c>/random</c> sends.</summary>
/// <param name="Value">From 0 to 99.</param>
/// <param name="Color">As CSS has it.</param>
internal sealed record Sample(int Value, string Color)
{
    private static readonly string[] Colors = ["seagreen", "steelblue", "slateblue", "indianred", "peru"];

    public static Sample Next() => new(Random.Shared.Next(100), Random.Shared.GetItems(Colors, 1)[0]);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Sample))]
internal sealed partial class RandomJson : JsonSerializerContext;
