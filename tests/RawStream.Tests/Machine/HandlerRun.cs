using System.Buffers;
using System.IO.Pipelines;
using RawStream.Fuzz.Peers;

namespace RawStream.Tests.Machine;

/// <summary>How a handler has ended.</summary>
internal enum HandlerEnd
{
    /// <summary>It runs.</summary>
    None,

    /// <summary>It has returned.</summary>
    Returned,

    /// <summary>It has failed, and wanted to.</summary>
    Threw,

    /// <summary>The peer or the server has ended it, or its body was not whole.</summary>
    Ended,
}

/// <summary>
/// One call of a handler that does what a seed says: it writes, flushes, reads, waits, ticks, upgrades, throws. It keeps account of all of it: that is the model.
/// </summary>
internal sealed class HandlerRun(int seed, int index, TimeProvider time)
{
    private const int ActsMax = 8;
    private const int LargestWrite = 9000;

    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(200);

    private readonly Random _random = new(seed * 1009 + index);
    private TaskCompletionSource? _gate;
    private bool _gatesAreOpen;
    private int _ends;
    private int _aborts;
    private int _received;

    /// <summary>So many bytes of its content were given to the server, the last ones perhaps in vain.</summary>
    public int Offered { get; private set; }

    public HandlerEnd End { get; private set; }

    public int Ends => Volatile.Read(ref _ends);

    public int Aborts => Volatile.Read(ref _aborts);

    /// <summary>What it has seen that must not be.</summary>
    public string? Fault { get; private set; }

    public bool IsUpgraded { get; private set; }

    /// <summary>The byte of a response, or of a request's body, at a place.</summary>
    public static byte ByteAt(int place) => (byte)('a' + place % 23);

    public static byte[] Content(int start, int length) => [.. Enumerable.Range(start, length).Select(ByteAt)];

    /// <summary>Lets it go on, if it waits.</summary>
    public void OpenGate(bool forGood = false)
    {
        TaskCompletionSource? gate;
        lock (this)
        {
            _gatesAreOpen |= forGood;
            gate = _gate;
            _gate = null;
        }
        gate?.SetResult();
    }

    public async ValueTask RunAsync(Request request, ResponseWriter response)
    {
        request.Aborted.UnsafeRegister(_ => Interlocked.Increment(ref _aborts), null);
        try
        {
            if (request.CanUpgrade("raw")) await UpgradeAsync(response);
            else
                for (var left = _random.Next(ActsMax); left > 0; left--) await ActAsync(request, response);
            End = HandlerEnd.Returned;
        }
        catch (FaultLog.OnPurposeException)
        {
            End = HandlerEnd.Threw;
            throw;
        }
        catch (Exception e)
        {
            End = HandlerEnd.Ended;
            if (e is not (OperationCanceledException or BadRequestException)) Fault ??= e.ToString();
            throw;
        }
        finally
        {
            Interlocked.Increment(ref _ends);
        }
    }

    private async ValueTask ActAsync(Request request, ResponseWriter response)
    {
        switch (_random.Next(16))
        {
            case < 5:
                await response.WriteAsync(Take(_random.Next(4) == 0 ? _random.Next(1, LargestWrite) : _random.Next(1, 60)));
                break;
            case 5:
                response.Body.Write(Take(_random.Next(1, 200)).Span);
                break;
            case 6:
                await response.FlushAsync();
                break;
            case < 10:
                await ReadAsync(request.Body);
                break;
            case < 13:
                await WaitAsync();
                break;
            case 13:
                await TickAsync(request, response);
                break;
            case 14 when _random.Next(3) == 0:
                throw new FaultLog.OnPurposeException();
            default:
                await Task.Yield();
                break;
        }
    }

    private async ValueTask UpgradeAsync(ResponseWriter response)
    {
        IsUpgraded = true;
        var pipe = await response.UpgradeAsync("raw");
        for (var left = _random.Next(5); left > 0; left--)
        {
            await pipe.Output.WriteAsync(Take(_random.Next(1, 3000)));
            if (_random.Next(3) == 0) await WaitAsync();
        }
    }

    private async ValueTask ReadAsync(PipeReader body)
    {
        var read = await body.ReadAsync();
        var used = _random.Next(3) == 0 ? read.Buffer.Slice(0, _random.Next((int)read.Buffer.Length + 1)) : read.Buffer;
        foreach (var b in used.ToArray())
            if (b != ByteAt(_received++))
                Fault ??= $"byte {_received - 1} of its body is {b}";
        if (used.Length == read.Buffer.Length) body.AdvanceTo(used.End);
        else body.AdvanceTo(used.End, read.Buffer.End);
    }

    private async ValueTask TickAsync(Request request, ResponseWriter response)
    {
        var left = _random.Next(1, 4);
        await foreach (var _ in request.Every(TickPeriod, time))
        {
            await response.WriteAsync(Take(5));
            if (--left == 0) return;
        }
    }

    private Task WaitAsync()
    {
        lock (this)
        {
            if (_gatesAreOpen) return Task.CompletedTask;
            _gate = new TaskCompletionSource();
            return _gate.Task;
        }
    }

    private ReadOnlyMemory<byte> Take(int bytes)
    {
        var content = Content(Offered, bytes);
        Offered += bytes;
        return content;
    }
}
