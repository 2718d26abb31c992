namespace RawStream;

/// <summary>The fields in which a proxy tells from whom and how a request came.</summary>
[Flags]
public enum ForwardedFields
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>X-Forwarded-For: the address of the client, and of each proxy but the last.</summary>
    For = 1,

    /// <summary>X-Forwarded-Proto: http or https.</summary>
    Proto = 2,

    /// <summary>X-Forwarded-Host: what the client has sent as Host.</summary>
    Host = 4,

    /// <summary>Forwarded, which has all of it (RFC 7239). It stands alone.</summary>
    Forwarded = 8,
}
