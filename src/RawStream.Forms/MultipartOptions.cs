namespace RawStream.Forms;

/// <summary>
/// The bounds of a form that comes in parts. That of all parts together is <see cref="Request.MaxBodySize"/>.
/// </summary>
public sealed class MultipartOptions
{
    internal static readonly MultipartOptions Default = new();

    /// <summary>How many parts there may be, 1000 by default: far more than a form has. Beyond it: 413. From 1.</summary>
    public int Parts { get; init => field = AtLeast(1, value); } = 1000;

    /// <summary>Bytes of the header lines of a part, 16384 by default, as many as of a long file name in several encodings. Beyond it: 400. From 64.</summary>
    public int HeaderBytes { get; init => field = AtLeast(64, value); } = 16 * 1024;

    /// <summary>Header lines of different names that a part may have, 16 by default: three are in use. Beyond it: 400. From 1.</summary>
    public int HeaderFields { get; init => field = AtLeast(1, value); } = 16;

    /// <summary>Bytes of the content of a part, by default as many as of the whole body. Beyond it: 413. From 0.</summary>
    public long PartBytes { get; init => field = AtLeast(0, value); } = long.MaxValue;

    private static T AtLeast<T>(T least, T value) where T : IComparable<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least);
        return value;
    }
}
