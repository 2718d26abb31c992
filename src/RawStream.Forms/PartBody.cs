namespace RawStream.Forms;

/// <summary>The content of a part, with its bound. It tells a part that was cut off from one that has ended.</summary>
internal sealed class PartBody(Stream section, long mostBytes) : Stream
{
    private const int PassOverSize = 4096;

    private long _read;
    private bool _isPassed;

    public long MostBytes { get; set; } = mostBytes;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    /// <summary>The next part is asked for.</summary>
    public async ValueTask PassOverAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[PassOverSize];
        while (await ReadAsync(buffer, cancellationToken) > 0)
        {
            // Nobody wants it.
        }
        _isPassed = true;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isPassed) throw new InvalidOperationException("This part was passed over. Read it before the next one is asked for.");
        var count = await ReadSectionAsync(buffer, cancellationToken);
        _read += count;
        return _read <= MostBytes ? count : throw new BadRequestException($"A part of the form is larger than {MostBytes} bytes.", 413);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A part is read asynchronously.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private async ValueTask<int> ReadSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await section.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new BadRequestException("The form ends inside of a part, or a boundary in it is malformed.", inner: e);
        }
    }
}
