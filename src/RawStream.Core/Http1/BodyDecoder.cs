using System.Buffers;

namespace RawStream.Http1;

/// <summary>
/// What is known of a body while it comes in. Most requests have none, and most streams answer such a request: a connection makes it for
/// the first body, and keeps it.
/// </summary>
internal sealed class BodyDecoder(HttpLimits limits)
{
    private BodyLength _kind;
    private ContentLengthDecoder _contentLength;
    private ChunkedDecoder _chunked;
    private FieldSectionParser _trailerParser;
    private bool _inTrailers;
    private long _received;

    /// <summary>How fast it comes.</summary>
    public BodyRate Rate;

    /// <summary>The fields after a chunked body, once it is complete.</summary>
    public RequestHeaders Trailers { get; } = new();

    /// <summary>All of it has been received and decoded, its trailers included.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Bytes of data so far.</summary>
    public long Received => Volatile.Read(ref _received);

    public void Begin(MessageFraming framing)
    {
        _kind = framing.Kind;
        _contentLength = new ContentLengthDecoder(framing.Length);
        _chunked = new ChunkedDecoder(limits.ChunkSizeLineBytes);
        _inTrailers = false;
        _received = 0;
        Rate = default;
        IsComplete = false;
        Trailers.Clear();
    }

    /// <summary>
    /// Reads the next run: first <paramref name="framing"/> bytes that carry no data, then <paramref name="data"/> bytes that do. Says why, if it refuses.
    /// </summary>
    public RejectionReason Read(ReadOnlySpan<byte> input, long maxSize, out int framing, out int data)
    {
        var rejection = RejectionReason.None;
        if (_kind == BodyLength.Chunked)
        {
            rejection = ReadChunk(input, maxSize, out framing, out data);
        }
        else
        {
            framing = 0;
            data = _contentLength.Read(input.Length);
            IsComplete = _contentLength.IsComplete;
        }
        if (rejection == RejectionReason.None) Volatile.Write(ref _received, _received + data);
        return rejection;
    }

    private RejectionReason ReadChunk(ReadOnlySpan<byte> input, long maxSize, out int framing, out int data)
    {
        framing = data = 0;
        if (!_inTrailers)
        {
            var status = _chunked.Read(input, out framing, out data, out var rejection);
            if (status == OperationStatus.InvalidData) return rejection;
            if (_received + data > maxSize - _chunked.Remaining) return RejectionReason.BodyTooLarge;
            if (!_chunked.IsComplete) return RejectionReason.None;
            _inTrailers = true;
            _trailerParser = new FieldSectionParser(limits.HeaderBytes, limits.HeaderFields);
        }
        var section = input[framing..];
        var end = _trailerParser.Read(section, Trailers, out var length, out var reason);
        if (end != OperationStatus.Done) return reason;
        Trailers.Keep(section[..length]);
        Trailers.RemoveWhere(TrailerFields.AreForbidden);
        framing += length;
        IsComplete = true;
        return RejectionReason.None;
    }
}
