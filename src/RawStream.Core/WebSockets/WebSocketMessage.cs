using System.Text;
using System.Text.Unicode;

namespace RawStream;

/// <summary>A whole message. One that was received is valid until the next one is asked for: its bytes are the socket's, and used again.</summary>
public readonly struct WebSocketMessage
{
    /// <summary>A message to send.</summary>
    /// <param name="bytes">They are not copied, and must not change before they are sent.</param>
    /// <param name="isText">Text, which they are in UTF-8, or binary.</param>
    /// <exception cref="ArgumentException">It is text, and not UTF-8.</exception>
    public WebSocketMessage(ReadOnlyMemory<byte> bytes, bool isText = false)
    {
        if (isText && !Utf8.IsValid(bytes.Span)) throw new ArgumentException("A text message is UTF-8, and this is not (RFC 6455 §5.6).", nameof(bytes));
        Bytes = bytes;
        IsText = isText;
    }

    private WebSocketMessage(bool isText, ReadOnlyMemory<byte> bytes)
    {
        Bytes = bytes;
        IsText = isText;
    }

    /// <summary>Its payload.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>It was sent as text, and is valid UTF-8.</summary>
    public bool IsText { get; }

    /// <summary>Its payload as text, made of it each time; what is not UTF-8, in a binary message, becomes U+FFFD.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes.Span);

    internal static WebSocketMessage Received(ReadOnlyMemory<byte> bytes, bool isText) => new(isText, bytes);
}
