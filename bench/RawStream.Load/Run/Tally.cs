using RawStream.Load.Report;

namespace RawStream.Load.Run;

/// <summary>What has come so far.</summary>
internal sealed class Tally
{
    public long Responses { get; set; }

    /// <summary>Chunks, or whole bodies of responses that are not chunked.</summary>
    public long Frames { get; set; }

    /// <summary>Of content.</summary>
    public long Bytes { get; set; }

    /// <summary>From one arrival of content to the next on the same connection.</summary>
    public Histogram Gaps { get; } = new();

    public SortedDictionary<string, long> Errors { get; } = new(StringComparer.Ordinal);

    public void AddError(string kind) => Errors[kind] = Errors.GetValueOrDefault(kind) + 1;
}
