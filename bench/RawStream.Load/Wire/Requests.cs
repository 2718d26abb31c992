using System.Text;

namespace RawStream.Load.Wire;

/// <summary>The requests of the load: bare, since what is measured is the answer.</summary>
internal static class Requests
{
    public static string Get(string target) => $"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

    public static string StreamTarget(int chunks, int size) => $"/stream?chunks={chunks}&size={size}";

    /// <summary>A request so many times, as the bytes of one send.</summary>
    public static byte[] Batch(string request, int times) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(request, times)));
}
