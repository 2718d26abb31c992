using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RawStream.Load.Client;

/// <summary>
/// Waits for bytes on very many sockets with one thread: <c>epoll(7)</c>, level-triggered, so what is left unread shows again.
/// The framework's Select and Poll look at every socket each time, and its asynchronous sockets hop between threads.
/// </summary>
/// <remarks><code>struct epoll_event { uint32_t events; uint64_t data; }    packed on x86 only</code></remarks>
internal sealed class Epoll : IDisposable
{
    private const int MaxReady = 1024;

    private const int CloseOnExec = 0x80000;        // EPOLL_CLOEXEC
    private const int Add = 1;                      // EPOLL_CTL_ADD
    private const uint In = 0x1;                    // EPOLLIN
    private const int Interrupted = 4;              // EINTR

    // An event in words of 32 bits: how many, and where its data begins.
    private static readonly bool IsPacked = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86;
    private static readonly int EventWords = IsPacked ? 3 : 4;
    private static readonly int DataWord = IsPacked ? 1 : 2;

    private readonly uint[] _ready = GC.AllocateArray<uint>(MaxReady * EventWords, pinned: true);
    private readonly SafeFileHandle _epoll = new(Checked(NativeCreate(CloseOnExec)), ownsHandle: true);

    /// <summary>Watches a socket. What a wait returns for it is the tag.</summary>
    public void Watch(Socket socket, int tag)
    {
        var watched = new uint[EventWords];
        watched[0] = In;
        watched[DataWord] = (uint)tag;
        Checked(NativeControl((int)_epoll.DangerousGetHandle(), Add, (int)socket.SafeHandle.DangerousGetHandle(), ref watched[0]));
    }

    /// <summary>Waits until a socket has something to read, or the time is up; returns how many sockets have.</summary>
    public int Wait(TimeSpan time)
    {
        var milliseconds = (int)Math.Ceiling(Math.Max(0, time.TotalMilliseconds));
        int ready;
        do ready = NativeWait((int)_epoll.DangerousGetHandle(), ref _ready[0], MaxReady, milliseconds);
        while (ready < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        return Checked(ready);
    }

    /// <summary>The tag of a socket that the last wait found.</summary>
    public int Ready(int index) => (int)_ready[index * EventWords + DataWord];

    public void Dispose() => _epoll.Dispose();

    private static int Checked(int result) => result >= 0
        ? result
        : throw new InvalidOperationException($"epoll: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");

    [DllImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static extern int NativeCreate(int flags);

    [DllImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static extern int NativeControl(int epoll, int operation, int socket, ref uint watched);

    [DllImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static extern int NativeWait(int epoll, ref uint ready, int maxReady, int milliseconds);
}
