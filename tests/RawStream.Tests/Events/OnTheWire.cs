using System.Text;

namespace RawStream.Tests.Events;

/// <summary>Text as TestClient shows it: one character is one byte of its UTF-8.</summary>
internal static class OnTheWire
{
    public const string Heartbeat = "3\r\n:\n\n\r\n";
    public const string LastChunk = "0\r\n\r\n";

    public static string Text(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>One chunk, framed.</summary>
    public static string Chunk(string text) => $"{Encoding.UTF8.GetByteCount(text):x}\r\n{Text(text)}\r\n";
}
