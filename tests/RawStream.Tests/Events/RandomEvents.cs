using System.Net.ServerSentEvents;
using System.Text;

namespace RawStream.Tests.Events;

/// <summary>Events with whatever Unicode allows, and above all with what could be taken for something else.</summary>
internal sealed class RandomEvents(int seed)
{
    private static readonly string[] Pieces =
    [
        "a", "Z", " ", "  ", ":", "data: ", "id: 1", "event: x", "retry: 1", ":\n\n", "\t", "é", "ß", "€", "中", "😀", "\U0010FFFF", "e\u0301",
        "\u2028", "\u2029", "\u0085", "\u00A0", "\uFEFF", "\uFFFD", "\uFFFE", "\u0001", "\u007F", "\uD800", "\uDC00", "\uDBFF\uDBFF", "\uDC00\uD800",
    ];

    private static readonly string[] DataOnly = ["\n", "\r", "\r\n", "\n\r", "\r\r\n", "\n\n", "\0", "\r\n\r\n"];

    private readonly Random _random = new(seed);

    public List<SseItem<string>> Take(int count) => [.. Enumerable.Range(0, count).Select(_ => Next())];

    /// <summary>What a client gets to see of it: line ends as LF, lone surrogates as U+FFFD, and no type as the default one.</summary>
    public static (string Data, string Type, string? Id, TimeSpan? Retry) AsRead(SseItem<string> item) =>
        (WellFormed(item.Data.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n')),
        item.EventType is "" ? "message" : WellFormed(item.EventType),
        item.EventId is null ? null : WellFormed(item.EventId),
        item.ReconnectionInterval);

    private SseItem<string> Next() => new(Text(SomeLength(), [.. Pieces, .. DataOnly]), TypeOrNull())
    {
        EventId = _random.Next(2) == 0 ? null : Field(_random.Next(8)),
        ReconnectionInterval = _random.Next(4) == 0 ? TimeSpan.FromMilliseconds(_random.Next()) : null,
    };

    private string? TypeOrNull() => _random.Next(4) switch
    {
        0 => "message",
        1 => "",
        2 => null,
        _ => Field(_random.Next(1, 8)),
    };

    /// <summary>Mostly short, and now and then longer than any buffer.</summary>
    private int SomeLength() => _random.Next(40) switch
    {
        0 => 0,
        1 => _random.Next(1000),
        2 => _random.Next(6_000),
        _ => _random.Next(12),
    };

    private string Field(int pieces) => Text(pieces, [.. Pieces.Where(piece => !piece.Contains('\n', StringComparison.Ordinal))]);

    private string Text(int pieces, string[] from) => string.Concat(_random.GetItems(from, pieces));

    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
