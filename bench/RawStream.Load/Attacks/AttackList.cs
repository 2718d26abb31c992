using System.Text;
using RawStream.Load.Soak.Workers;
using RawStream.Load.Subject;

namespace RawStream.Load.Attacks;

/// <summary>
/// All attacks, at rates that one machine could do. Timeouts are the server's defaults; the one of a write is measured by periods, and a client that has taken something in one has
/// another.
/// </summary>
internal static class AttackList
{
    private const string Host = "Host: localhost\r\n";
    private const string ToEcho = "POST /echo HTTP/1.1\r\n" + Host;
    private const string Chunked = "Transfer-Encoding: chunked\r\n\r\n";
    private const int Crowd = 200;

    private static readonly HttpTimeouts Timeouts = new();
    private static readonly byte[] Request = Ascii(Requests.Get("/plaintext", "X-Field: 1\r\n"));
    private static readonly byte[] TlsHello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, .. Enumerable.Repeat((byte)0xa5, 500)];

    public static readonly Attack[] All =
    [
        new("slow-headers", "200 connections, a byte of a head a second", new(Crowd)
        {
            Opening = _ => Ascii("GET /plaintext HTTP/1.1\r\n" + Host + "X-Slow: "), Repeated = [(byte)'a'], BytesPerSecond = 1,
        }) { GoneAfter = Timeouts.Head },
        new("slow-bodies", "200 connections, a byte of a body a second", new(Crowd)
        {
            Opening = _ => Ascii(ToEcho + "Content-Length: 1000000\r\n\r\n"), Repeated = [(byte)'a'], BytesPerSecond = 1,
        }) { GoneAfter = Timeouts.BodyGrace },
        new("slow-readers", "200 connections, 50 new ones a second, that read 100 bytes a second of an endless response", new(Crowd)
        {
            Opening = _ => Get("/endless"), ReadBytesPerSecond = 100, ConnectionsPerSecond = 50,
        }) { GoneAfter = 2 * Timeouts.Write },
        new("zero-window", "200 connections, 50 new ones a second, that read nothing of an endless response", new(Crowd)
        {
            Opening = _ => Get("/endless"), ReadBytesPerSecond = 0, ConnectionsPerSecond = 50,
        }) { GoneAfter = 2 * Timeouts.Write },
        new("paused-readers", "200 connections, 50 new ones a second, that read 200 kB of an endless response, and then nothing", new(Crowd)
        {
            Opening = _ => Get("/endless"), ReadsFirst = 200_000, ReadBytesPerSecond = 0, ConnectionsPerSecond = 50,
        }),
        new("pipelining-unread", "20 connections, 20 kB of pipelined requests a second on each, no answer read", new(20)
        {
            Repeated = Many(Requests.Get("/plaintext")), BytesPerSecond = 20_000, ReadBytesPerSecond = 0,
        }),
        new("one-byte-chunks", "4 connections, 10 000 chunks of one byte a second on each", new(4)
        {
            Opening = _ => Ascii(ToEcho + Chunked), Repeated = Many("1\r\na\r\n"), BytesPerSecond = 60_000,
        }),
        new("chunk-extensions", "200 connections a second, 2 MB a second in all, each with a chunk extension that does not end", new(20)
        {
            Opening = _ => Ascii(ToEcho + Chunked + "1"), Repeated = Many(";a=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), BytesPerSecond = 100_000, ConnectionsPerSecond = 200,
        }),
        new("header-flood", "200 connections a second, 2 MB a second in all, each with a head that does not end", new(20)
        {
            Opening = _ => Ascii("GET / HTTP/1.1\r\n" + Host), Repeated = Many("X-Many: aaaaaaaaaaaaaaaaaaaaaaaaa\r\n"), BytesPerSecond = 100_000, ConnectionsPerSecond = 200,
        }),
        new("huge-trailers", "200 connections a second, 2 MB a second in all, each with a trailer section that does not end", new(20)
        {
            Opening = _ => Ascii(ToEcho + Chunked + "0\r\n"), Repeated = Many("X-Many: aaaaaaaaaaaaaaaaaaaaaaaaa\r\n"), BytesPerSecond = 100_000, ConnectionsPerSecond = 200,
        }),
        new("endless-bodies", "8 connections, 1 MB a second of a body that no handler reads on each", new(8)
        {
            Opening = _ => Ascii("POST /noread HTTP/1.1\r\n" + Host + "Content-Length: 29000000\r\n\r\n"),
            Repeated = new byte[16 * 1024], BytesPerSecond = 1_000_000, IsStubborn = true,
        }) { GoneAfter = Timeouts.Linger },
        new("aborts", "500 connections a second that leave within a request, at each of its bytes", new(20)
        {
            Opening = number => Request[..(number % (Request.Length + 1))], LeavesAtOnce = true, ConnectionsPerSecond = 500,
        }),
        new("tls-garbage", "200 connections a second with a TLS hello on the clear port", new(20)
        {
            Opening = _ => TlsHello, ConnectionsPerSecond = 200,
        }),
        new("connection-flood", "1000 connections that say nothing, against a cap of 500", new(1000))
        {
            Server = SubjectOptions.Default with { Connections = 500 },
        },
        new("descriptors", "600 connections that say nothing, against a server that has 500 descriptors", new(600))
        {
            Descriptors = 500,
        },
        new("throwing-handler", "200 requests a second to a handler that throws", Asking("/throw", 200)),
        new("late-throwing-handler", "200 requests a second to a handler that throws after its first chunk", Asking("/throw-late", 200)),
        new("blocking-handler", "10 requests a second to a handler that blocks for 50 ms", Asking("/block", 10)),
        new("deaf-handler", "20 requests a second to a handler that does not heed for 2 s that its client has left", new(20)
        {
            Opening = _ => Get("/deaf"), LeavesAtOnce = true, ConnectionsPerSecond = 20,
        }),
        new("too-much", "200 requests a second to a handler that writes more than its Content-Length", Asking("/too-much", 200)),
        new("too-little", "200 requests a second to a handler that writes less than its Content-Length", Asking("/too-little", 200)),
    ];

    /// <summary>A request a connection: those who fail close it, and the others are asked by <c>Connection: close</c>.</summary>
    private static Tactic Asking(string target, int perSecond) =>
        new(Attackers: 20) { Opening = _ => Ascii(Requests.Get(target, "Connection: close\r\n")), ConnectionsPerSecond = perSecond };

    /// <summary>As long as what one send takes.</summary>
    private static byte[] Many(string text) => Ascii(string.Concat(Enumerable.Repeat(text, 16 * 1024 / text.Length)));

    private static byte[] Get(string target) => Ascii(Requests.Get(target));

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
