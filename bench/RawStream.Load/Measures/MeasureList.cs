using RawStream.Load.Compare;
using RawStream.Load.Peers;

namespace RawStream.Load.Measures;

/// <summary>All measures by name, in the order in which they are taken.</summary>
internal static class MeasureList
{
    public static readonly Measure[] All =
    [
        new("plaintext", Endpoints.Plaintext, Plaintext.Cases),
        new("stream", Endpoints.Stream, ChunkStream.Cases),
        new("latency", Endpoints.Ticks, Latency.Cases),
        new("fanout", Endpoints.Events, FanOut.Cases),
        new("lone", Endpoints.Events, Lone.Cases),
        new("memory", Endpoints.Ticks, Memory.OfTicks),
        new("memory", Endpoints.Events, Memory.OfEvents),
        new("tls", Endpoints.Tls, Tls.Cases),
        new("disconnect", Endpoints.Ticks, Disconnect.Cases),
        new("start", Endpoints.Plaintext, Start.Cases),
        new("tick-cost", Endpoints.Ticks, TickCost.Cases),
    ];

    public static IEnumerable<string> Names => All.Select(measure => measure.Name).Distinct();
}
