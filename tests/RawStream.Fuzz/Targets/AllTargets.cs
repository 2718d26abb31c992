using RawStream.Fuzz.Engine;

namespace RawStream.Fuzz.Targets;

/// <summary>Everything that reads what a peer has sent.</summary>
internal static class AllTargets
{
    public static IReadOnlyList<FuzzTarget> Create() =>
    [
        new ConnectionTarget(), new HeadTarget(), new PathTarget(), new ChunkedTarget(), new FramingTarget(), new ListTarget(), new CookieTarget(), new FormTarget(),
            new MultipartTarget(),
        new CodingTarget(), new WebSocketTarget(), new DeflateTarget(), new FileTarget(), new RangeTarget(), new ForwardedTarget(), new AcceptEncodingTarget(),
            new CorsTarget(), new EventIdTarget(), new EventTarget(),
        new ResponseFieldTarget(),
    ];
}
