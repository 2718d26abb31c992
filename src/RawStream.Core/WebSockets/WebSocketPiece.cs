namespace RawStream;

/// <summary>Some bytes of a message, as they have come. They are valid until the next piece is asked for.</summary>
/// <param name="Bytes">Of text, maybe with a character cut in two; empty only at the end of a message.</param>
/// <param name="IsText">The message was sent as text; what has come of it is UTF-8.</param>
/// <param name="EndsMessage">The message is whole with this piece, which is empty then; the next piece is of the next message.</param>
public readonly record struct WebSocketPiece(ReadOnlyMemory<byte> Bytes, bool IsText, bool EndsMessage);
