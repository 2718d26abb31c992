using System.Text;

namespace RawStream.Tests.Wire;

/// <summary>Makes input that is wrong in ways that have broken servers before.</summary>
internal static class Garbage
{
    private const int MutationsMax = 4;
    private const int TokensMax = 30;
    private const int RandomBytesMax = 200;

    private static readonly byte[][] Requests =
    [
        .. new[]
        {
            "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET /?a=b%20c HTTP/1.1\r\nHost: h:8000\r\nX-A: 1\r\nX-A: 2\r\n\r\n",
            "GET http://h/field HTTP/1.1\r\nHost: h\r\nX-A: v\r\n\r\n",
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /parts HTTP/1.0\r\n\r\n",
            "GET /parts HTTP/1.1\r\nHost: h\r\n\r\nGET /204 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\nDELETE / HTTP/1.1\r\nHost: h\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: h\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX-T: v\r\n\r\n",
            "POST /trailers HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n1\r\na\r\n0\r\nX-T: v\r\n\r\n",
            "POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789",
            "POST /nope HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 3\r\n\r\nabcGET /nope HTTP/1.1\r\nHost: h\r\n\r\n",
        }.Select(Encoding.Latin1.GetBytes),
    ];

    private static readonly byte[][] NastyTokens =
    [
        .. new[]
        {
            "\r\n", "\n", "\r", "\r\n\r\n", "\n\n", "\r\r\n", "\0", "\t", " ", "\v", "\f", "\x7f", "\x80", "\xff",
            "\xa0", ":", ";", ",", "\"", "=", "/", "*", "?", "#", "%", "%00", "%zz", "..", "//", "\\", "@", "[", "]",
            "0", "1", "5", "-1", "+1", "0x", "ffffffff", "FFFFFFFFFFFFFFFF", "8000000000000000", "9223372036854775808",
            "18446744073709551616", "99999999999999999999999", "1e1", "1_0", "GET ", "POST ", "CONNECT ", "OPTIONS * ",
            "get ", " / ", " /echo ", "http://", "http://h/", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9",
            " HTTP/1.1\r\n", "Host: h\r\n", "Host:", "Content-Length: 5\r\n", "Content-Length:",
            "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding:",
            "Transfer-Encoding: gzip, chunked\r\n", "chunked", "identity", "Connection: close\r\n",
            "Connection: keep-alive\r\n", "Expect: 100-continue\r\n", "Expect: x\r\n", "Upgrade: h2c\r\n", " : ",
            "X-A : 1\r\n", " folded\r\n", "X-A: \r\n", ":\r\n", "0\r\n\r\n", "0\r\n", "5\r\nhello\r\n", "5;a\r\n",
            ";a=\"", "hello", "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
        }.Select(Encoding.Latin1.GetBytes),
    ];

    /// <summary>Bytes of no meaning.</summary>
    public static byte[] RandomBytes(Random random)
    {
        var bytes = new byte[random.Next(RandomBytesMax)];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>A good request with a few things wrong.</summary>
    public static byte[] MutatedRequests(Random random)
    {
        var bytes = Pick(random, Requests).ToList();
        for (var mutations = random.Next(1, MutationsMax + 1); mutations > 0; mutations--) Mutate(bytes, random);
        return [.. bytes];
    }

    /// <summary>Nothing but pieces of requests, in any order.</summary>
    public static byte[] Tokens(Random random)
    {
        var tokens = Enumerable.Range(0, random.Next(1, TokensMax)).SelectMany(_ => Pick(random, NastyTokens));
        return [.. Pick(random, NastyTokens), .. tokens];
    }

    /// <summary>The bytes in pieces of random length.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> bytes, Random random)
    {
        var pieceMax = random.Next(1, 40);
        while (!bytes.IsEmpty)
        {
            var length = Math.Min(random.Next(1, pieceMax + 1), bytes.Length);
            yield return bytes[..length];
            bytes = bytes[length..];
        }
    }

    private static void Mutate(List<byte> bytes, Random random)
    {
        var at = random.Next(bytes.Count + 1);
        var length = Math.Min(random.Next(1, 10), bytes.Count - at);
        switch (random.Next(5))
        {
            case 0 when length > 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes.RemoveRange(at, length);
                break;
            case 2:
                bytes.Insert(at, (byte)random.Next(256));
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            default:
                bytes.InsertRange(at, Pick(random, NastyTokens));
                break;
        }
    }

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];
}
