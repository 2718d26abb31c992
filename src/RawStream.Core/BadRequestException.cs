using RawStream.Http1;

namespace RawStream;

/// <summary>
/// The client is at fault: its body is malformed, too large, too slow, or it hung up before it was complete. A handler need not
/// catch it: the server then answers with <see cref="Status"/> and the message, and closes the connection.
/// </summary>
public sealed class BadRequestException : Exception
{
    /// <summary>Refuses a request, 400 by default.</summary>
    /// <param name="message">One sentence; the client is told it.</param>
    /// <param name="status">From 400 to 499.</param>
    /// <param name="inner">What showed the fault; it is not told to the client.</param>
    public BadRequestException(string message, int status = 400, Exception? inner = null) : base(message, inner)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 400);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 499);
        Status = status;
    }

    internal BadRequestException(RejectionReason reason) : base(Rejection.Of(reason).Message)
    {
        Reason = reason;
        Status = Rejection.Of(reason).Status;
    }

    /// <summary>The status code of the answer (RFC 9110 §15.5).</summary>
    public int Status { get; }

    /// <summary>Set when the server itself refuses.</summary>
    internal RejectionReason Reason { get; }
}
