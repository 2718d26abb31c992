namespace RawStream.Load.Wire;

/// <summary>
/// Reads the responses of one connection, however the bytes are cut, and counts: responses, frames, bytes of content, events. A
/// frame is a chunk, or the whole body of a response that is not chunked. It holds no bytes but those of a torn head, so that one
/// large buffer serves all connections.
/// </summary>
/// <param name="hasEvents">Whether to look for Server-Sent Events in the content, which costs time.</param>
internal sealed class ResponseReader(bool hasEvents = false)
{
    private const int LongestHead = 64 * 1024;

    private readonly bool _hasEvents = hasEvents;

    private byte[] _head = [];          // The head seen last: most responses have the same one.
    private ResponseHead? _parsed;
    private byte[] _torn = [];
    private bool _inBody;
    private long _bodyLeft;
    private ChunkReader _chunks;
    private EventCounter _events;

    public long Responses { get; private set; }

    public long Frames { get; private set; }

    /// <summary>Bytes of content, without the framing.</summary>
    public long Bytes { get; private set; }

    public int Events => _events.Events;

    /// <summary>Events that came in a chunk of their own.</summary>
    public int OwnChunks => _events.OwnChunks;

    /// <summary>The last response's head, or null before the first one.</summary>
    public ResponseHead? Head => _parsed;

    /// <summary>True between two responses.</summary>
    public bool AtStart => !_inBody && _torn.Length == 0;

    /// <summary>True if the connection's end is the response's end.</summary>
    public bool EndsWithConnection => _inBody && _parsed!.Framing == BodyFraming.UntilClose;

    /// <summary>Takes the next bytes.</summary>
    /// <exception cref="InvalidDataException">The framing is wrong.</exception>
    public void Read(ReadOnlySpan<byte> input)
    {
        while (!input.IsEmpty) input = _inBody ? ReadBody(input) : ReadHead(input);
    }

    /// <summary>The server has closed, and the response ended with that.</summary>
    public void EndBody()
    {
        _inBody = false;
        Responses++;
        Frames++;
    }

    private ReadOnlySpan<byte> ReadHead(ReadOnlySpan<byte> input)
    {
        if (_torn.Length > 0) return ReadTornHead(input);
        var end = input.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            _torn = input.ToArray();
            return [];
        }
        BeginBody(input[..(end + 4)]);
        return input[(end + 4)..];
    }

    private ReadOnlySpan<byte> ReadTornHead(ReadOnlySpan<byte> input)
    {
        byte[] head = [.. _torn, .. input];
        var end = head.AsSpan().IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            if (head.Length > LongestHead) throw new InvalidDataException("A response head does not end.");
            _torn = head;
            return [];
        }
        var used = end + 4 - _torn.Length;
        _torn = [];
        BeginBody(head.AsSpan(0, end + 4));
        return input[used..];
    }

    private void BeginBody(ReadOnlySpan<byte> head)
    {
        if (!head.SequenceEqual(_head)) (_head, _parsed) = (head.ToArray(), ResponseHead.Parse(head));
        _inBody = true;
        _chunks = default;
        _bodyLeft = _parsed!.Length;
        if (_parsed.Framing == BodyFraming.None || (_parsed.Framing == BodyFraming.Length && _bodyLeft == 0)) EndBody();
    }

    private ReadOnlySpan<byte> ReadBody(ReadOnlySpan<byte> input) => _parsed!.Framing switch
    {
        BodyFraming.Chunked => ReadChunks(input),
        BodyFraming.Length => ReadLength(input),
        _ => ReadUntilClose(input),
    };

    private ReadOnlySpan<byte> ReadLength(ReadOnlySpan<byte> input)
    {
        var length = (int)Math.Min(_bodyLeft, input.Length);
        Bytes += length;
        _bodyLeft -= length;
        if (_bodyLeft == 0) EndBody();
        return input[length..];
    }

    private ReadOnlySpan<byte> ReadUntilClose(ReadOnlySpan<byte> input)
    {
        Bytes += input.Length;
        return [];
    }

    private ReadOnlySpan<byte> ReadChunks(ReadOnlySpan<byte> input)
    {
        if (!_hasEvents)
        {
            var (frames, bytes) = _chunks.SkipLikeLast(ref input);
            Frames += frames;
            Bytes += bytes;
        }
        while (!input.IsEmpty)
        {
            var data = _chunks.Read(ref input, out var starts, out var ends);
            Bytes += data.Length;
            if (_hasEvents && !data.IsEmpty) _events.Count(data, starts);
            if (ends) EndChunk();
            if (ends && !_hasEvents) return input; // The next ones may be like it.
            if (_chunks.IsDone)
            {
                _inBody = false;
                Responses++;
                return input;
            }
        }
        return input;
    }

    private void EndChunk()
    {
        Frames++;
        _events.EndChunk();
    }
}
