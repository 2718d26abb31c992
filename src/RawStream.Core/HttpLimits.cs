namespace RawStream;

/// <summary>Every bound of the server. What crosses one gets a clear answer, never more memory.</summary>
public sealed class HttpLimits
{
    /// <summary>
    /// Bytes of a request line, 8192 by default: what other servers take, and RFC 9112 §3 asks for 8000. Beyond it: 414.
    /// From 64 to 65536.
    /// </summary>
    public int RequestLineBytes { get; init => field = Bounds.InRange(value, 64, 65536); } = 8 * 1024;

    /// <summary>
    /// Bytes of all field lines of a head, or of a trailer section, 32768 by default: several cookies of the 4 KiB that browsers
    /// allow. Beyond it: 431. From 64 to 1048576.
    /// </summary>
    public int HeaderBytes { get; init => field = Bounds.InRange(value, 64, 1024 * 1024); } = 32 * 1024;

    /// <summary>Field lines of a head or of a trailer section, 100 by default. Beyond it: 431. From 1 to 10000.</summary>
    public int HeaderFields { get; init => field = Bounds.InRange(value, 1, 10_000); } = 100;

    /// <summary>
    /// Bytes of the line of a chunk size, 256 by default: extensions are nearly never used, and a flood of them is an attack
    /// (CVE-2023-39326). Beyond it: 400. From 16 to 65536.
    /// </summary>
    public int ChunkSizeLineBytes { get; init => field = Bounds.InRange(value, 16, 65536); } = 256;

    /// <summary>
    /// Bytes of a request body, 30000000 by default, for every request whose handler does not set <see cref="Request.MaxBodySize"/>.
    /// Beyond it: 413. From 0.
    /// </summary>
    public long BodyBytes { get; init => field = Bounds.InRange(value, 0, long.MaxValue); } = 30_000_000;

    /// <summary>
    /// Bytes of a body that its handler left unread and the server reads to keep the connection, 65536 by default; beyond it, a new
    /// connection is cheaper, and this one is closed. From 0.
    /// </summary>
    public int UnreadBodyBytes { get; init => field = Bounds.InRange(value, 0, int.MaxValue); } = 64 * 1024;

    /// <summary>
    /// Bytes that are read and thrown away after a refusal, so that the client sees the answer and not a reset, 16 MiB by default
    /// (RFC 9112 §9.6). From 0.
    /// </summary>
    public int LingerBytes { get; init => field = Bounds.InRange(value, 0, int.MaxValue); } = 16 * 1024 * 1024;

    /// <summary>
    /// Bytes of a response that may wait for the client before a writer has to, 65536 by default: half of it is slower, four times as
    /// much is not faster. From 4096 to 16777216.
    /// </summary>
    public int ResponseBufferBytes { get; init => field = Bounds.InRange(value, 4096, 16 * 1024 * 1024); } = 64 * 1024;

    /// <summary>
    /// Bytes of a response that the kernel keeps beside those that are on their way (TCP_NOTSENT_LOWAT, on Linux). With 131072 a client that does not read costs the machine so much and not the
    /// megabytes of a full send buffer, and no stream is slower. <see cref="int.MaxValue"/>, the default, leaves it to the kernel: a client that reads nothing before it has sent all of its body, as
    /// HttpClient does, needs that room where a handler answers while it reads. From 4096.
    /// </summary>
    public int UnsentBytes { get; init => field = Bounds.InRange(value, 4096, int.MaxValue); } = int.MaxValue;

    /// <summary>
    /// Bytes that are received from a client while its handler reads nothing, 65536 by default. More stay in the kernel, and a
    /// hang-up behind them is seen only when they are read, or by a write. From 4096 to 16777216.
    /// </summary>
    public int ReadAheadBytes { get; init => field = Bounds.InRange(value, 4096, 16 * 1024 * 1024); } = 64 * 1024;

    /// <summary>Connections that are open at a time, 100000 by default. Beyond it: 503 and closed (with TLS, which would have to be spoken first: closed). From 1.</summary>
    public int Connections { get; init => field = Bounds.InRange(value, 1, int.MaxValue); } = 100_000;

    /// <summary>
    /// Connections that one address may have open at a time, of <see cref="Connections"/>; an IPv6 network of 64 bits, which is what one subscriber gets, is one address. Beyond it: 503 and
    /// closed. <see cref="int.MaxValue"/>, the default, does not count them: everybody behind a proxy, or behind the NAT of a company or a mobile network, has the same address.
    /// Unix domain sockets have none. From 1.
    /// </summary>
    public int ConnectionsPerAddress { get; init => field = Bounds.InRange(value, 1, int.MaxValue); } = int.MaxValue;

    /// <summary>Connections that wait in the kernel to be accepted, 512 by default; the system may have a lower bound. From 1 to 65535.</summary>
    public int Backlog { get; init => field = Bounds.InRange(value, 1, 65535); } = 512;
}
