using System.Text;

namespace RawStream.Http1;

/// <summary>The methods of RFC 9110 §9.3 and RFC 5789, so that a request need not make text of its own.</summary>
internal static class KnownMethods
{
    private static readonly string[] Names = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"];

    public static bool Contains(string method) => Array.IndexOf(Names, method) >= 0;

    public static string Text(ReadOnlySpan<byte> method)
    {
        foreach (var name in Names)
            if (Ascii.Equals(method, name))
                return name;
        return Encoding.ASCII.GetString(method);
    }
}
