using System.Net;

namespace RawStream;

/// <summary>Whom to believe when he says from whom a request came.</summary>
public sealed class ForwardedOptions
{
    private const ForwardedFields All = ForwardedFields.For | ForwardedFields.Proto | ForwardedFields.Host;

    /// <summary>The networks in which the proxies are, such as <c>10.0.0.0/8</c>. What anybody else says is not read.</summary>
    public IReadOnlyList<IPNetwork> Proxies { get; init; } = [];

    /// <summary>Whoever connects by a Unix domain socket is a proxy: who may open it is a matter of its file. False by default.</summary>
    public bool TrustsUnixSocket { get; init; }

    /// <summary>
    /// The fields that the proxies write, X-Forwarded-For and X-Forwarded-Proto by default. Name only those that each of them sets or appends to: one that a proxy passes on
    /// unread says what the client wants.
    /// </summary>
    /// <exception cref="ArgumentException">There is none, or <see cref="ForwardedFields.Forwarded"/> stands beside others, of which the client would choose.</exception>
    public ForwardedFields Fields
    {
        get;
        init
        {
            if (value != ForwardedFields.Forwarded && (value == ForwardedFields.None || (value & ~All) != 0))
                throw new ArgumentException("Either Forwarded or fields of X-Forwarded-: your proxies write the ones, and a client could write the others.", nameof(value));
            field = value;
        }
    } = ForwardedFields.For | ForwardedFields.Proto;

    /// <summary>How many proxies one behind the other may be believed, 8 by default. From 1 to 100.</summary>
    public int MaxHops { get; init => field = Bounds.InRange(value, 1, 100); } = 8;
}
