using System.Text;

namespace RawStream.Fuzz.Engine;

/// <summary>The dangerous words of HTTP.</summary>
internal static class Dictionary
{
    public static readonly IReadOnlyList<byte[]> Http = Of(
        "\r\n", "\n", "\r", "\r\n\r\n", "\n\n", "\r\r\n", "\n\r\n", "\0", "\t", " ", "\v", "\f", "\x7f", "\x80", "\xff", "\xa0", "\x85", ":", ";", ",", "\"", "=", "/", "*",
        "?", "#",
        "%", "%00", "%zz", "%2e", "%2f", "%0d%0a", "..", "//", "\\", "@", "[", "]", "[::1]", "[::]:0", "0", "1", "5", "-1", "+1", "0x", "0x5", "5zz", "00000005", "ffffffff",
        "FFFFFFFFFFFFFFFF",
        "7fffffffffffffff", "8000000000000000", "9223372036854775807", "9223372036854775808", "18446744073709551616", "99999999999999999999999", "4294967296", "2147483648",
        "1e1", "1_0", "5, 5",
        "GET ", "POST ", "HEAD ", "CONNECT ", "OPTIONS * ", "TRACE ", "get ", " / ", " /echo ", " /relay ", " /unread ", " /small ", " /fail ", " /stream ", "http://",
        "http://h/", "https://h", "HTTP/1.1",
        "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", " HTTP/1.1\r\n", "Host: h\r\n", "Host:", "Content-Length: 5\r\n", "Content-Length:",
        "Content-Length: 0\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: +5\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding:",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding:\tchunked\r\n", "Transfer-Encoding : chunked\r\n", "chunked",
        "identity", "Connection: close\r\n",
        "Connection: keep-alive\r\n", "Connection: Content-Length\r\n", "Expect: 100-continue\r\n", "Expect: x\r\n", "Upgrade: h2c\r\n", "Upgrade: websocket\r\n", " : ",
        "X-A : 1\r\n", " folded\r\n",
        "\tfolded\r\n", "X-A: \r\n", ":\r\n", "0\r\n\r\n", "0\r\n", "5\r\nhello\r\n", "5;a\r\n", "5;a=b\r\n", "5;\n", "5 ;a\r\n", ";a=\"", "hello", "00\r\n\r\n",
        "Trailer: X-T\r\n", "TE: trailers\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /unread HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n", "SMUGGLED");

    public static readonly IReadOnlyList<byte[]> Fields = Of(
        ",", ", ", ";", "; ", "=", "\"", "\\\"", "\\", " ", "\t", "q=", ";q=0", ";q=0.001", ";q=1.0000", ";q=1.5", ";q=-1", "*", "*;q=0", "gzip", "x-gzip", "br", "identity",
        "deflate", "W/", "\"a\"", "W/\"a\"",
        "bytes=", "bytes=0-", "bytes=-1", "0-0", "-", "--", "0-18446744073709551615", "9223372036854775807-", "-9223372036854775808", "1-0", "for=", "proto=https", "host=h",
        "by=", "for=\"[::1]:1\"", "for=unknown",
        "for=_x", "127.0.0.1", "10.0.0.1", "[2001:db8::1]:80", "::ffff:127.0.0.1", "chunked", "close", "keep-alive", "100-continue", "\x80", "\xff", "\xc3\xa9", "%20", "%",
        "%u0041", "+", "&", "&&", "a=b", "=b", "a=",
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Mon, 31 Feb 2020 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:60 GMT",
        "Sat, 01 Jan 0000 00:00:00 GMT",
        "https://a.example", "https://a.example.evil", "http://a.example", "null", "https://A.EXAMPLE", "https://a.example:443", "epoch-1", "-1", "epoch-9223372036854775807",
        "epoch-9223372036854775808");

    public static IReadOnlyList<byte[]> Of(params string[] words) => [.. words.Select(Encoding.Latin1.GetBytes)];
}
