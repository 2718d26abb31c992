using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace RawStream.Transport.Epoll;

/// <summary>
/// The system calls of Linux that event loops make: see their pages in section 2 of the manual. None of them waits, but <see cref="EpollWait"/>.
/// </summary>
[SuppressMessage("Interoperability", "SYSLIB1054", Justification = "All arguments are blittable, and generated code would have to be unsafe.")]
internal static class LinuxSystem
{
    // errno
    public const int Again = 11, BadDescriptor = 9, ConnectionAborted = 103;
    private const int Interrupted = 4, NoMemory = 12, TooManyInSystem = 23, TooManyInProcess = 24, NoBuffers = 105;

    private const int CloseOnExec = 0x80000, NonBlocking = 0x800; // The same for SOCK_, EPOLL_ and EFD_.
    private const int NoSignal = 0x4000;                          // MSG_NOSIGNAL: a peer that is gone is an error and not a signal.
    private const int SocketLevel = 1, LingerOption = 13, TcpLevel = 6;
    private const int NoWait = 8;                                 // RWF_NOWAIT

    private static bool _cannotReadCached; // musl before 1.2.5 has no preadv2.

    /// <summary>How many bytes came, or minus errno.</summary>
    public static int Receive(int socket, Span<byte> buffer)
    {
        nint received;
        do received = NativeReceive(socket, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length, 0);
        while (IsInterrupted(received));
        return Outcome(received);
    }

    /// <summary>How many bytes went, or minus errno.</summary>
    public static int Send(int socket, ReadOnlySpan<byte> bytes)
    {
        nint sent;
        do sent = NativeSend(socket, ref MemoryMarshal.GetReference(bytes), (nuint)bytes.Length, NoSignal);
        while (IsInterrupted(sent));
        return Outcome(sent);
    }

    /// <summary>A new connection's descriptor, which does not block, or minus errno. Its peer's address is filled in.</summary>
    public static int Accept(int listening, Span<byte> address)
    {
        int accepted;
        do
        {
            var length = address.Length;
            accepted = NativeAccept(listening, ref MemoryMarshal.GetReference(address), ref length, CloseOnExec | NonBlocking);
        }
        while (IsInterrupted(accepted));
        return Outcome(accepted);
    }

    public static void Shutdown(int socket, SocketShutdown how) => _ = NativeShutdown(socket, (int)how); // A peer that was faster leaves nobody to tell.

    public static void Close(int descriptor) => _ = NativeClose(descriptor); // Nothing is to be done when it fails.

    /// <summary>To close it sends RST from now on.</summary>
    public static void ResetOnClose(int socket)
    {
        Span<int> linger = [1, 0]; // On, for no time.
        _ = NativeSetOption(socket, SocketLevel, LingerOption, ref linger[0], 2 * sizeof(int));
    }

    /// <summary>Fills in an option of TCP; false when the kernel has less to tell.</summary>
    public static bool TryGetTcpOption(int socket, int option, Span<byte> value)
    {
        var length = value.Length;
        return NativeGetOption(socket, TcpLevel, option, ref MemoryMarshal.GetReference(value), ref length) == 0 && length == value.Length;
    }

    public static int CreateEpoll() => Checked(NativeCreateEpoll(CloseOnExec));

    /// <summary>Minus errno when it fails.</summary>
    public static int EpollControl(int epoll, int operation, int descriptor, EpollEvents events, ulong data)
    {
        Span<uint> buffer = stackalloc uint[EpollReady.Words];
        EpollReady.Write(buffer, events, data);
        return Outcome(NativeEpollControl(epoll, operation, descriptor, ref buffer[0]));
    }

    /// <summary>Waits until something is ready; how many are.</summary>
    public static int EpollWait(int epoll, uint[] ready, int milliseconds)
    {
        int count;
        do count = NativeEpollWait(epoll, ref ready[0], ready.Length / EpollReady.Words, milliseconds);
        while (IsInterrupted(count));
        return Checked(count);
    }

    /// <summary>A counter that can be waited for.</summary>
    public static int CreateEvent() => Checked(NativeCreateEvent(0, CloseOnExec | NonBlocking));

    public static void SetEvent(int descriptor)
    {
        ulong one = 1;
        _ = NativeWrite(descriptor, ref one, sizeof(ulong)); // Fails when the counter is full: then it is set.
    }

    public static void ResetEvent(int descriptor)
    {
        ulong count = 0;
        _ = NativeRead(descriptor, ref count, sizeof(ulong)); // Fails when it was not set.
    }

    /// <summary>
    /// Reads what is in memory of a file: how many bytes, or no more than 0 when the disk would have to be waited for, at the end of the file, and where it cannot be
    /// told. To read them some other way is right then.
    /// </summary>
    public static int ReadCached(int file, Memory<byte> room, long position)
    {
        if (_cannotReadCached || !Environment.Is64BitProcess || !MemoryMarshal.TryGetArray<byte>(room, out var array)) return 0;
        var pinned = GCHandle.Alloc(array.Array, GCHandleType.Pinned);
        try
        {
            Span<nint> vector = [pinned.AddrOfPinnedObject() + array.Offset, array.Count]; // struct iovec
            return Outcome(NativeReadVector(file, ref vector[0], 1, position, NoWait));
        }
        catch (EntryPointNotFoundException)
        {
            _cannotReadCached = true;
            return 0;
        }
        finally
        {
            pinned.Free();
        }
    }

    /// <summary>What minus errno means to who accepts.</summary>
    public static SocketError ErrorOf(int outcome) => -outcome switch
    {
        TooManyInProcess or TooManyInSystem => SocketError.TooManyOpenSockets,
        NoBuffers or NoMemory => SocketError.NoBufferSpaceAvailable,
        ConnectionAborted => SocketError.ConnectionAborted,
        _ => SocketError.SocketError,
    };

    private static bool IsInterrupted(nint result) => result < 0 && Marshal.GetLastPInvokeError() == Interrupted;

    private static int Outcome(nint result) => result < 0 ? -Marshal.GetLastPInvokeError() : (int)result;

    private static int Checked(int result) => result >= 0
        ? result
        : throw new InvalidOperationException($"epoll: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");

    [DllImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static extern nint NativeReceive(int socket, ref byte buffer, nuint length, int flags);

    [DllImport("libc", EntryPoint = "send", SetLastError = true)]
    private static extern nint NativeSend(int socket, ref byte buffer, nuint length, int flags);

    [DllImport("libc", EntryPoint = "accept4", SetLastError = true)]
    private static extern int NativeAccept(int socket, ref byte address, ref int length, int flags);

    [DllImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    private static extern int NativeShutdown(int socket, int how);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int NativeClose(int descriptor);

    [DllImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static extern int NativeSetOption(int socket, int level, int option, ref int value, int length);

    [DllImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static extern int NativeGetOption(int socket, int level, int option, ref byte value, ref int length);

    [DllImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static extern int NativeCreateEpoll(int flags);

    [DllImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static extern int NativeEpollControl(int epoll, int operation, int descriptor, ref uint epollEvent);

    [DllImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static extern int NativeEpollWait(int epoll, ref uint ready, int maxReady, int milliseconds);

    [DllImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static extern int NativeCreateEvent(uint count, int flags);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    private static extern nint NativeWrite(int descriptor, ref ulong value, nuint length);

    [DllImport("libc", EntryPoint = "read", SetLastError = true)]
    private static extern nint NativeRead(int descriptor, ref ulong value, nuint length);

    [DllImport("libc", EntryPoint = "preadv2", SetLastError = true)]
    private static extern nint NativeReadVector(int descriptor, ref nint vector, int count, long position, int flags);
}
