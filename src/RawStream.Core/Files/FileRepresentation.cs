using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using RawStream.Transport.Epoll;

namespace RawStream.Files;

/// <summary>
/// An open file as the selected representation of a GET or HEAD: its validators, the conditions and ranges of the request, its bytes
/// (RFC 9110 §8.8, §13, §14).
/// </summary>
internal sealed class FileRepresentation : IDisposable
{
    // Reads of this size keep the writer's buffer full and no more.
    private const int ReadSize = 32 * 1024;

    // A file that changed this lately can change again within the second that its date would name.
    private static readonly TimeSpan DateIsStrongAfter = TimeSpan.FromSeconds(1);

    // What describes content that is not sent, or not this (RFC 9110 §15.4.5).
    private static readonly string[] ContentFields = ["Content-Type", "Content-Encoding", "Content-Language", "Content-Disposition", "Last-Modified"];

    private static readonly Response PreconditionFailed = Response.Text("412 Precondition Failed: this is not the version that the request is about.\n", 412);

    private readonly string _path;
    private readonly SafeFileHandle? _handle; // Null for an empty file.
    private readonly long _length;
    private readonly DateTime _lastWrite;
    private readonly string _tag;

    /// <param name="path">A file.</param>
    /// <param name="variant">Tells the entity tags of several forms of one resource apart.</param>
    /// <exception cref="IOException">There is no such file, or it cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public FileRepresentation(string path, string variant = "")
    {
        _path = path;
        var info = new FileInfo(path);
        // What has no length may be a pipe or a device, and to open one can take forever.
        if (info.Length > 0)
        {
            _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
            _length = RandomAccess.GetLength(_handle);
        }
        _lastWrite = _handle is null ? info.LastWriteTimeUtc : File.GetLastWriteTimeUtc(_handle);
        _tag = string.Create(CultureInfo.InvariantCulture, $"\"{_lastWrite.Ticks:x}-{_length:x}{variant}\"");
    }

    /// <summary>Answers a request. ETag and Last-Modified that are set already take the place of the file's own.</summary>
    /// <exception cref="IOException">The file has changed while it was sent; the client has not got all of it.</exception>
    public ValueTask WriteAsync(Request request, ResponseWriter response)
    {
        var fields = response.Headers;
        var tag = fields["ETag"] ??= _tag;
        var modified = HttpDate.WholeSeconds(_lastWrite);
        if (fields["Last-Modified"] is not { } date) fields["Last-Modified"] = HttpDate.Format(DateToTell());
        else if (HttpDate.TryParse(date, out var given)) modified = given;

        var selects = request.Method is "GET" or "HEAD"; // What another method returns is not what its conditions are about.
        switch (selects ? Preconditions.Evaluate(request.Headers, tag, modified) : Precondition.Holds)
        {
            case Precondition.NotModified:
                RemoveContentFields(fields);
                response.Status = 304;
                return default;
            case Precondition.Failed:
                return RefuseAsync(PreconditionFailed, request, response);
        }
        fields["Accept-Ranges"] = "bytes";
        var range = request.Method == "GET" && Preconditions.RangeCounts(request.Headers, tag, modified) ? request.Headers["Range"] : null;
        return ByteRange.Parse(range, _length) switch
        {
            null => SendWholeAsync(response),
            [] => RefuseAsync(RangeNotSatisfiable(), request, response),
            [var only] => SendRangeAsync(response, only),
            var several => SendPartsAsync(response, several),
        };
    }

    public void Dispose() => _handle?.Dispose();

    private DateTime DateToTell()
    {
        var strong = TimeProvider.System.GetUtcNow().UtcDateTime - DateIsStrongAfter;
        return _lastWrite < strong ? _lastWrite : strong;
    }

    private static void RemoveContentFields(ResponseHeaders fields)
    {
        foreach (var name in ContentFields) fields.Remove(name);
    }

    private static ValueTask RefuseAsync(Response refusal, Request request, ResponseWriter response)
    {
        RemoveContentFields(response.Headers);
        response.Headers.Remove("Cache-Control"); // It is about the file.
        response.Headers.Remove("Expires");
        return refusal.WriteAsync(request, response);
    }

    private Response RangeNotSatisfiable() =>
        Response.Text($"416 Range Not Satisfiable: there are {_length} bytes.\n", 416).With("Content-Range", string.Create(CultureInfo.InvariantCulture, $"bytes */{_length}"));

    private ValueTask SendWholeAsync(ResponseWriter response)
    {
        SetLength(response, _length);
        return _length == 0 || response.Content.IsHeadRequest ? default : SendAsync(response, new ByteRange(0, _length - 1));
    }

    private ValueTask SendRangeAsync(ResponseWriter response, ByteRange range)
    {
        response.Status = 206;
        response.Headers["Content-Range"] = range.Of(_length);
        SetLength(response, range.Length);
        return SendAsync(response, range);
    }

    /// <summary>multipart/byteranges (RFC 9110 §14.6).</summary>
    private async ValueTask SendPartsAsync(ResponseWriter response, IReadOnlyList<ByteRange> ranges)
    {
        var boundary = Guid.NewGuid().ToString("N"); // Random, so that nobody can put it into a file.
        var type = response.Headers["Content-Type"];
        var heads = ranges.Select(range => Encoding.UTF8.GetBytes($"\r\n--{boundary}\r\nContent-Type: {type}\r\nContent-Range: {range.Of(_length)}\r\n\r\n")).ToArray();
        var end = Encoding.UTF8.GetBytes($"\r\n--{boundary}--\r\n");

        response.Status = 206;
        response.Headers["Content-Type"] = $"multipart/byteranges; boundary={boundary}";
        SetLength(response, heads.Sum(head => head.Length) + ranges.Sum(range => range.Length) + end.Length);
        for (var i = 0; i < heads.Length; i++)
        {
            response.Body.Write(heads[i]);
            await SendAsync(response, ranges[i]);
            await response.FlushAsync();
        }
        response.Body.Write(end);
    }

    /// <summary>What fits into one read leaves together with the head, when the response ends; more is read straight into the connection's buffer.</summary>
    private async ValueTask SendAsync(ResponseWriter response, ByteRange range)
    {
        if (range.Length > ReadSize && !response.HasStarted) await response.FlushAsync();
        var position = range.First;
        while (true)
        {
            var room = response.Body.GetMemory((int)Math.Min(ReadSize, range.Last + 1 - position));
            var piece = await ReadAsync(room, position, range);
            response.Body.Advance(piece);
            position += piece;
            if (position > range.Last) return;
            await response.Content.FlushNow();
        }
    }

    /// <summary>The next bytes, at least one. Those that end the range are given out only if the file is still the one that was announced.</summary>
    private async ValueTask<int> ReadAsync(Memory<byte> room, long position, ByteRange range)
    {
        room = room[..(int)Math.Min(room.Length, range.Last + 1 - position)];
        // A thread of the pool may wait for a disk. An event loop may not, but mostly the file is in memory.
        var read = Thread.CurrentThread.IsThreadPoolThread ? RandomAccess.Read(_handle!, room.Span, position) : ReadCached(room, position);
        if (read <= 0) read = await RandomAccess.ReadAsync(_handle!, room, position);
        if (read == 0 || (position + read > range.Last && HasChanged())) throw new IOException($"The file '{_path}' has changed while it was sent.");
        return read;
    }

    private int ReadCached(Memory<byte> room, long position) =>
        OperatingSystem.IsLinux() ? LinuxSystem.ReadCached((int)_handle!.DangerousGetHandle(), room, position) : 0;

    private bool HasChanged() => RandomAccess.GetLength(_handle!) != _length || File.GetLastWriteTimeUtc(_handle!) != _lastWrite;

    private static void SetLength(ResponseWriter response, long length) => response.Headers["Content-Length"] = length.ToString(CultureInfo.InvariantCulture);
}
