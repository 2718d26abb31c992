using System.Runtime.InteropServices;

namespace RawStream.Transport.Epoll;

/// <summary>What a descriptor is ready for.</summary>
[Flags]
internal enum EpollEvents : uint
{
    None = 0,
    In = 0x1,
    Out = 0x4,
    Error = 0x8,
    HangUp = 0x10,

    /// <summary>The peer has sent its FIN.</summary>
    PeerHangUp = 0x2000,

    /// <summary>Of several that wait for the same descriptor, one is woken.</summary>
    Exclusive = 1u << 28,

    /// <summary>Told when it becomes ready, and not as long as it is.</summary>
    EdgeTriggered = 1u << 31,
}

/// <summary>One <c>struct epoll_event</c> in an array of 32-bit words.</summary>
/// <remarks><code>struct epoll_event { uint32_t events; uint64_t data; }    packed on x86 only</code></remarks>
internal static class EpollReady
{
    private static readonly bool IsPacked = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86;
    private static readonly int DataWord = IsPacked ? 1 : 2;

    /// <summary>How many words it has.</summary>
    public static readonly int Words = IsPacked ? 3 : 4;

    public static (EpollEvents Events, ulong Data) Read(ReadOnlySpan<uint> ready, int index)
    {
        var words = ready.Slice(index * Words, Words);
        return ((EpollEvents)words[0], words[DataWord] | ((ulong)words[DataWord + 1] << 32));
    }

    public static void Write(Span<uint> words, EpollEvents events, ulong data)
    {
        words.Clear();
        words[0] = (uint)events;
        (words[DataWord], words[DataWord + 1]) = ((uint)data, (uint)(data >> 32)); // Little-endian, as all systems are that .NET runs on.
    }
}
