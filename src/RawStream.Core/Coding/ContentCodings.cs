namespace RawStream.Coding;

/// <summary>Content codings, as a set or as one of it (RFC 9110 §8.4.1).</summary>
[Flags]
internal enum ContentCodings : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>As it is.</summary>
    Identity = 1,

    /// <summary>RFC 1952; also called <c>x-gzip</c>.</summary>
    Gzip = 2,

    /// <summary>RFC 7932, <c>br</c>.</summary>
    Brotli = 4,

    /// <summary>Each of them.</summary>
    All = Identity | Gzip | Brotli,
}
