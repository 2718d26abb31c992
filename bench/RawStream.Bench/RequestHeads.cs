namespace RawStream.Bench;

/// <summary>Heads as they really come.</summary>
internal static class RequestHeads
{
    /// <summary><c>curl -N localhost:8000/tick?ms=100</c></summary>
    public static ReadOnlySpan<byte> Curl =>
        "GET /tick?ms=100 HTTP/1.1\r\n"u8 +
        "Host: localhost:8000\r\n"u8 +
        "User-Agent: curl/8.14.1\r\n"u8 +
        "Accept: */*\r\n"u8 +
        "\r\n"u8;

    /// <summary>A link followed in a desktop browser, with the cookies of a small site.</summary>
    public static ReadOnlySpan<byte> Browser =>
        "GET /orders/1284/events?since=2025-11-20 HTTP/1.1\r\n"u8 +
        "Host: shop.example.com\r\n"u8 +
        "Connection: keep-alive\r\n"u8 +
        "Cache-Control: max-age=0\r\n"u8 +
        "sec-ch-ua: \"Chromium\";v=\"142\", \"Google Chrome\";v=\"142\", \"Not_A Brand\";v=\"99\"\r\n"u8 +
        "sec-ch-ua-mobile: ?0\r\n"u8 +
        "sec-ch-ua-platform: \"Windows\"\r\n"u8 +
        "Upgrade-Insecure-Requests: 1\r\n"u8 +
        "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) "u8 +
        "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n"u8 +
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8\r\n"u8 +
        "Sec-Fetch-Site: same-origin\r\n"u8 +
        "Sec-Fetch-Mode: navigate\r\n"u8 +
        "Sec-Fetch-User: ?1\r\n"u8 +
        "Sec-Fetch-Dest: document\r\n"u8 +
        "Referer: https://shop.example.com/orders?page=3&sort=newest\r\n"u8 +
        "Accept-Encoding: gzip, deflate, br, zstd\r\n"u8 +
        "Accept-Language: en-GB,en;q=0.9,de-AT;q=0.8,de;q=0.7\r\n"u8 +
        "Cookie: session=c2Vzc2lvbi0xMjM0NTY3ODkwYWJjZGVm; theme=dark; "u8 +
        "_ga=GA1.1.1463598290.1731933512; consent=essential%2Cstatistics\r\n"u8 +
        "\r\n"u8;
}
