namespace RawStream.Bench.FanOut;

/// <summary>
/// Counts the events of a chunked event stream, and those that have a chunk of their own. It is strict about
/// <c>chunk-size CRLF chunk-data CRLF</c> (RFC 9112 §7.1); an event ends with an empty line. It takes whole chunks and holds no bytes.
/// </summary>
/// <remarks><code>48\r\ndata: xxxx…\n\n\r\n    one chunk, one event</code></remarks>
internal struct EventCounter
{
    private const int LongestSize = 6;

    private bool _isOpen;               // An event has begun in an earlier chunk.
    private bool _isComment;
    private bool _endsWithLineFeed;

    /// <summary>Events that have ended. A comment is none.</summary>
    public int Events { get; private set; }

    /// <summary>Events that came in a chunk of their own.</summary>
    public int OwnChunks { get; private set; }

    /// <summary>Takes the whole chunks at the start of the input; returns their length.</summary>
    public int Read(ReadOnlySpan<byte> input)
    {
        var used = 0;
        while (FindChunk(input[used..], out var sizeLine, out var size))
        {
            Count(input.Slice(used + sizeLine, size));
            used += sizeLine + size + 2;
        }
        return used;
    }

    /// <summary>Returns false if the chunk is not there as a whole.</summary>
    private static bool FindChunk(ReadOnlySpan<byte> input, out int sizeLine, out int size)
    {
        var digits = ReadSize(input, out size);
        sizeLine = digits + 2;
        if (input.Length < sizeLine) return false;
        if (input[digits] != '\r' || input[digits + 1] != '\n') throw Fault("A chunk size does not end with CR LF.");
        if (size == 0) throw Fault("The server has ended the stream.");

        var end = sizeLine + size;
        if (input.Length < end + 2) return false;
        if (input[end] != '\r' || input[end + 1] != '\n') throw Fault("A chunk does not end with CR LF.");
        return true;
    }

    /// <summary>Returns the number of digits.</summary>
    private static int ReadSize(ReadOnlySpan<byte> input, out int size)
    {
        size = 0;
        var digits = 0;
        for (; digits < input.Length && char.IsAsciiHexDigit((char)input[digits]); digits++)
        {
            if (digits == LongestSize || (digits > 0 && size == 0)) throw Fault("A chunk size is padded, or too large for this client.");
            size = size * 16 + (input[digits] <= '9' ? input[digits] - '0' : (input[digits] | 0x20) - 'a' + 10);
        }
        return digits > 0 || input.IsEmpty ? digits : throw Fault("A chunk does not begin with its size.");
    }

    private void Count(ReadOnlySpan<byte> data)
    {
        var isWhole = !_isOpen && data.Length > 2 && data.IndexOf("\n\n"u8) == data.Length - 2;
        if (!isWhole)
        {
            CountMerged(data);
        }
        else if (data[0] != ':')
        {
            Events++;
            OwnChunks++;
        }
    }

    /// <summary>Some servers make one chunk of several events, and tear the last of them.</summary>
    private void CountMerged(ReadOnlySpan<byte> data)
    {
        if (_endsWithLineFeed && data[0] == '\n')
        {
            EndEvent();
            data = data[1..];
        }
        while (!data.IsEmpty)
        {
            if (!_isOpen) (_isOpen, _isComment) = (true, data[0] == ':');
            var end = data.IndexOf("\n\n"u8);
            if (end < 0) break;
            EndEvent();
            data = data[(end + 2)..];
        }
        _endsWithLineFeed = !data.IsEmpty && data[^1] == '\n';
    }

    private void EndEvent()
    {
        if (!_isComment) Events++;
        _isOpen = false;
    }

    private static InvalidDataException Fault(string fault) => new(fault);
}
