namespace RawStream.Load.Peers;

/// <summary>What the handlers send, made once, so that no handler's own array shows among the server's allocations.</summary>
internal static class Payload
{
    private static readonly byte[] Zeros = new byte[1024 * 1024];

    public static readonly byte[] Greeting = "Hello, World!"u8.ToArray();

    /// <summary>A chunk of up to 1 MiB.</summary>
    public static ReadOnlyMemory<byte> Chunk(int size) => Zeros.AsMemory(0, size);
}
