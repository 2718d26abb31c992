using System.Globalization;

namespace RawStream.Load;

/// <summary>A command line's options and their values, read strictly: what is wrong is answered with one line that says what.</summary>
internal static class Arguments
{
    /// <summary>Each option with its value; a flag has none.</summary>
    /// <exception cref="ArgumentException">An option lacks its value.</exception>
    public static IEnumerable<(string Option, string Value)> Pairs(IEnumerable<string> args, params string[] flags)
    {
        var left = new Queue<string>(args);
        while (left.TryDequeue(out var option))
        {
            if (flags.Contains(option)) yield return (option, "");
            else if (!option.StartsWith("--", StringComparison.Ordinal)) throw new ArgumentException($"'{option}' is not an option; see help");
            else if (left.TryDequeue(out var value)) yield return (option, value);
            else throw new ArgumentException($"{option} needs a value, or is not an option; see help");
        }
    }

    /// <summary>Names with commas between them.</summary>
    /// <exception cref="ArgumentException">One of them is not known.</exception>
    public static string[] Names(string option, string value, IEnumerable<string> known)
    {
        var all = known.ToArray();
        var names = List(value);
        var unknown = names.Except(all).FirstOrDefault();
        return unknown is null && names.Length > 0
            ? names
            : throw new ArgumentException($"{option}: '{unknown ?? value}' is not known; there are {string.Join(", ", all)}");
    }

    /// <exception cref="ArgumentException">A number is not a positive one.</exception>
    public static int[] Numbers(string option, string value) => [.. List(value).Select(number => Number(option, number))];

    /// <exception cref="ArgumentException">It is not a number, or too small a one.</exception>
    public static int Number(string option, string value, int least = 1) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least
            ? number
            : throw new ArgumentException($"{option}: '{value}' is not a number from {least} on");

    /// <summary><c>500ms</c>, <c>10s</c>, <c>2m</c>.</summary>
    /// <exception cref="ArgumentException">It is no time.</exception>
    public static TimeSpan Time(string option, string value)
    {
        var digits = value.TakeWhile(char.IsAsciiDigit).Count();
        var unit = value[digits..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(1),
            "s" => TimeSpan.FromSeconds(1),
            "m" => TimeSpan.FromMinutes(1),
            _ => TimeSpan.Zero,
        };
        return unit > TimeSpan.Zero && int.TryParse(value.AsSpan(0, digits), CultureInfo.InvariantCulture, out var number) && number > 0
            ? number * unit
            : throw new ArgumentException($"{option}: '{value}' is no time such as 500ms, 10s or 2m");
    }

    /// <exception cref="ArgumentException">There is no such transport.</exception>
    public static HttpTransport Transport(string option, string value) => value switch
    {
        "sockets" => HttpTransport.Sockets,
        "epoll" => HttpTransport.Epoll,
        _ => throw new ArgumentException($"{option}: '{value}' is neither sockets nor epoll"),
    };

    /// <summary>One transport, or <c>both</c>.</summary>
    /// <exception cref="ArgumentException">There is no such transport.</exception>
    public static HttpTransport[] Transports(string option, string value) =>
        value == "both" ? [HttpTransport.Sockets, HttpTransport.Epoll] : [Transport(option, value)];

    private static string[] List(string value) =>
        value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
