namespace RawStream.Load.Wire;

/// <summary>
/// Counts the events of an event stream, and those that have a chunk of their own. An event ends with an empty line, and a comment
/// is none. It takes the content of chunks in pieces and holds no bytes.
/// </summary>
/// <remarks><code>48\r\ndata: xxxx…\n\n\r\n    one chunk, one event</code></remarks>
internal struct EventCounter
{
    private bool _isOpen;               // An event has begun.
    private bool _isComment;
    private bool _endsWithLineFeed;     // Of an open event, the last piece.
    private bool _chunkIsOwn;           // This chunk has begun with no event open.
    private int _inChunk;

    /// <summary>Events that have ended.</summary>
    public int Events { get; private set; }

    /// <summary>Events that came in a chunk of their own.</summary>
    public int OwnChunks { get; private set; }

    /// <param name="data">Not empty.</param>
    /// <param name="starts">It is the first of its chunk.</param>
    public void Count(ReadOnlySpan<byte> data, bool starts)
    {
        if (starts) (_chunkIsOwn, _inChunk) = (!_isOpen, 0);
        if (_isOpen && _endsWithLineFeed && data[0] == '\n')
        {
            EndEvent();
            data = data[1..];
        }
        while (!data.IsEmpty)
        {
            if (!_isOpen) (_isOpen, _isComment) = (true, data[0] == ':');
            var end = data.IndexOf("\n\n"u8);
            if (end < 0)
            {
                _endsWithLineFeed = data[^1] == '\n';
                return;
            }
            EndEvent();
            data = data[(end + 2)..];
        }
    }

    public void EndChunk()
    {
        if (_chunkIsOwn && !_isOpen && _inChunk == 1) OwnChunks++;
    }

    private void EndEvent()
    {
        _isOpen = false;
        if (_isComment) return;
        Events++;
        _inChunk++;
    }
}
