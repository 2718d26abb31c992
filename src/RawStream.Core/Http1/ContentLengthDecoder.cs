namespace RawStream.Http1;

/// <summary>A body whose length the head has told (RFC 9112 §6.2): the next so many bytes.</summary>
internal struct ContentLengthDecoder(long length)
{
    private long _remaining = length;

    public readonly bool IsComplete => _remaining == 0;

    /// <summary>How many of the <paramref name="available"/> bytes belong to the body.</summary>
    public int Read(int available)
    {
        var data = (int)Math.Min(available, _remaining);
        _remaining -= data;
        return data;
    }
}
