using System.Globalization;
using System.Text;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

/// <summary>A client of an event stream that looks at every byte: each chunk is in its shortest form, and holds exactly one event or comment.</summary>
internal sealed class Listener(TestClient client, Func<Subscription<string>?> subscription) : IAsyncDisposable
{
    private readonly List<Heard> _record = [];

    public TestClient Client => client;

    /// <summary>What the server has made for it.</summary>
    public Subscription<string> Subscription => subscription() ?? throw new InvalidOperationException("The handler has not been there yet.");

    /// <summary>All that was read so far, without comments.</summary>
    public IReadOnlyList<Heard> Record => _record;

    public IReadOnlyList<Heard> Gaps => [.. _record.Where(heard => heard.IsGap)];

    /// <summary>The stream has ended as it should: by the last chunk.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The connection was reset, or closed in the middle.</summary>
    public bool WasCutOff { get; private set; }

    public string Head { get; private set; } = "";

    public async Task ReadHeadAsync()
    {
        var head = new StringBuilder();
        try
        {
            while (await client.ReadLineAsync() is { Length: > 0 } line) head.Append(line).Append("\r\n");
        }
        catch (IOException)
        {
            WasCutOff = true;
        }
        Head = head.ToString();
    }

    /// <summary>The next event, which is also kept in the record; null when the stream has ended or was cut off.</summary>
    public async Task<Heard?> ReadAsync()
    {
        while (await ReadBlockAsync() is { } heard)
        {
            if (heard.IsSilent) continue;
            _record.Add(heard);
            return heard;
        }
        return null;
    }

    public async Task<IReadOnlyList<Heard>> ReadAsync(int count)
    {
        var from = _record.Count;
        while (_record.Count < from + count)
            if (await ReadAsync() is null) throw new EndOfStreamException($"It has ended after {_record.Count - from} events, not {count}.");
        return _record[from..];
    }

    /// <summary>Reads until an event of at least this sequence has come, or the stream is over.</summary>
    public async Task<IReadOnlyList<Heard>> ReadUntilAsync(long sequence)
    {
        while (_record.Count == 0 || _record[^1].Sequence < sequence)
            if (await ReadAsync() is null) break;
        return _record;
    }

    public async Task<IReadOnlyList<Heard>> ReadToEndAsync()
    {
        while (await ReadAsync() is not null)
        {
            // On to the end.
        }
        return _record;
    }

    /// <summary>The next event or comment.</summary>
    public async Task<Heard?> ReadBlockAsync()
    {
        if (HasEnded || WasCutOff) return null;
        try
        {
            var line = await client.ReadLineAsync();
            var size = int.Parse(line, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (line != size.ToString("x", CultureInfo.InvariantCulture)) throw new InvalidDataException($"'{line}' is not the shortest size line.");
            var content = await client.ReadTextAsync(size + 2);
            if (!content.EndsWith("\r\n", StringComparison.Ordinal)) throw new InvalidDataException("The data of a chunk is not followed by CR LF.");
            if (size > 0) return Heard.Parse(content[..^2]);
            HasEnded = true;
        }
        catch (IOException)
        {
            WasCutOff = true;
        }
        return null;
    }

    public ValueTask DisposeAsync() => client.DisposeAsync();
}
