using System.Globalization;

namespace RawStream.Host;

/// <summary>A whole number in the query, between two bounds.</summary>
internal static class QueryNumber
{
    /// <exception cref="BadRequestException">It is not a number, or out of bounds.</exception>
    public static int Read(Request request, string name, int otherwise, int min, int max)
    {
        if (request.Query[name] is not { } text) return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;
        throw new BadRequestException($"{name} must be a whole number from {min} to {max}.");
    }
}
