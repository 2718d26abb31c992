namespace RawStream.Bench;

/// <summary>
/// Counts the responses in a stream of bytes: a head up to its empty line, then a body whose length on the wire is known. It
/// holds no bytes, so that one large buffer serves all connections.
/// </summary>
internal struct ResponseCounter(long bodyLength)
{
    private enum Expect : byte { Head, EndOfHead, Body }

    private Expect _expect;
    private int _matched;   // How much of CR LF CR LF the bytes so far end with.
    private long _bodyLeft;

    /// <summary>True between two responses.</summary>
    public readonly bool AtStart => _expect == Expect.Head;

    /// <summary>Takes the next bytes; returns how many responses ended in them.</summary>
    public int Count(ReadOnlySpan<byte> input)
    {
        var ended = 0;
        while (!input.IsEmpty)
        {
            if (_expect == Expect.Head) CheckStatus(input);
            input = input[(_expect == Expect.Body ? SkipBody(input) : SkipHead(input))..];
            if (_expect == Expect.Body && _bodyLeft == 0)
            {
                _expect = Expect.Head;
                ended++;
            }
        }
        return ended;
    }

    /// <summary>A body that was longer or shorter than expected shows here: the next response does not begin where it should.</summary>
    private void CheckStatus(ReadOnlySpan<byte> input)
    {
        var expected = "HTTP/1.1 200 OK\r\n"u8;
        var length = Math.Min(expected.Length, input.Length);
        if (!input[..length].SequenceEqual(expected[..length]))
            throw new InvalidDataException("No 200 response begins where one was expected.");
        _expect = Expect.EndOfHead;
    }

    private int SkipHead(ReadOnlySpan<byte> input)
    {
        var end = _matched == 0 ? input.IndexOf("\r\n\r\n"u8) : -1;
        return end >= 0 ? EndHead(end + 4) : SkipTornHead(input);
    }

    /// <summary>The rare way: the head's end may lie across two reads.</summary>
    private int SkipTornHead(ReadOnlySpan<byte> input)
    {
        for (var i = 0; i < input.Length; i++)
        {
            var next = _matched % 2 == 0 ? (byte)'\r' : (byte)'\n';
            _matched = input[i] == next ? _matched + 1 : input[i] == '\r' ? 1 : 0;
            if (_matched == 4) return EndHead(i + 1);
        }
        return input.Length;
    }

    private int EndHead(int length)
    {
        (_expect, _matched, _bodyLeft) = (Expect.Body, 0, bodyLength);
        return length;
    }

    private int SkipBody(ReadOnlySpan<byte> input)
    {
        var length = (int)Math.Min(_bodyLeft, input.Length);
        _bodyLeft -= length;
        return length;
    }
}
