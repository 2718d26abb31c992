namespace RawStream;

/// <summary>What the setters of options check.</summary>
internal static class Bounds
{
    /// <summary>The longest timeout: what a timer of the system can wait for, in whole days.</summary>
    public static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(24);

    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static T InRange<T>(T value, T least, T most) where T : IComparable<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most);
        return value;
    }

    /// <exception cref="ArgumentOutOfRangeException">It is less.</exception>
    public static T AtLeast<T>(T value, T least) where T : IComparable<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least);
        return value;
    }

    /// <summary>More than zero and up to <see cref="LongestTimeout"/>, or none at all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is neither.</exception>
    public static TimeSpan Timeout(TimeSpan value) => value == System.Threading.Timeout.InfiniteTimeSpan ? value : InRange(value, TimeSpan.FromTicks(1), LongestTimeout);
}
