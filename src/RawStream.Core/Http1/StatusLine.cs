using System.Text;

namespace RawStream.Http1;

// The first line of a response (RFC 9112 §4):
//
//   status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF
//
//   HTTP/1.1 200 OK␍␊

/// <summary>Status lines, encoded once. The reason phrase is for people; no program reads it.</summary>
internal static class StatusLine
{
    public const int LowestFinal = 200;
    public const int Highest = 999;

    private static readonly byte[]?[] Lines = new byte[]?[Highest + 1];

    /// <summary>The line with its CRLF.</summary>
    public static ReadOnlySpan<byte> Of(int status) => Lines[status] ??= Encode(status);

    /// <summary>204 and 304 never have content (RFC 9110 §6.4.1).</summary>
    public static bool HasNoContent(int status) => status is 204 or 304;

    public static string ReasonPhrase(int status) => status switch
    {
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "",
    };

    private static byte[] Encode(int status) => Encoding.ASCII.GetBytes($"HTTP/1.1 {status} {ReasonPhrase(status)}\r\n");
}
