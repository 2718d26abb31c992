using RawStream.Coding;
using RawStream.Streaming;

namespace RawStream.Tests.Coding;

/// <summary>Compression that counts its coders.</summary>
internal sealed class CountingCoding : ResponseCoding
{
    private readonly Compression _compression = new(new CompressionOptions());
    private int _made;
    private int _open;
    private int _blocks;

    public int Made => Volatile.Read(ref _made);

    public int Open => Volatile.Read(ref _open);

    /// <summary>How many coders compressed events for all.</summary>
    public int Blocks => Volatile.Read(ref _blocks);

    public static CountingCoding UseIn(HttpServer server)
    {
        var coding = new CountingCoding();
        server.Use(next => (request, response) =>
        {
            response.Content.Coding = coding;
            return next(request, response);
        });
        return coding;
    }

    public override bool Concerns(string? contentType, long length) => _compression.Concerns(contentType, length);

    public override ContentCodings Choose(RequestHeaders request, int status, ResponseHeaders fields, long length, ContentCodings possible = ContentCodings.All) =>
        _compression.Choose(request, status, fields, length, possible);

    public override ContentCoder NewBlockCoder()
    {
        Interlocked.Increment(ref _blocks);
        Interlocked.Increment(ref _open);
        return new Counted(this, _compression.NewBlockCoder());
    }

    public override void Announce(ResponseHeaders fields, ContentCodings coding) => _compression.Announce(fields, coding);

    public override ContentCoder NewCoder(ContentCodings coding, long length)
    {
        Interlocked.Increment(ref _made);
        Interlocked.Increment(ref _open);
        return new Counted(this, _compression.NewCoder(coding, length));
    }

    private sealed class Counted(CountingCoding owner, ContentCoder coder) : ContentCoder
    {
        private bool _isDisposed;

        public override void Write(ReadOnlySpan<byte> content, PooledBuffer output) => coder.Write(content, output);

        public override void Flush(PooledBuffer output) => coder.Flush(output);

        public override void Finish(PooledBuffer output) => coder.Finish(output);

        public override void Dispose()
        {
            coder.Dispose();
            if (!Interlocked.Exchange(ref _isDisposed, true)) Interlocked.Decrement(ref owner._open);
        }
    }
}
