using System.Globalization;
using System.Text.RegularExpressions;
using RawStream.Load.Subject;
using RawStream.Load.Trial;

namespace RawStream.Load.Soak.Workers;

/// <summary>Files, whole, in ranges, and when they have not changed.</summary>
internal static partial class StaticFiles
{
    public static async Task SessionAsync(Shift shift)
    {
        using var link = await shift.OpenAsync();
        for (var left = shift.Random.Next(1, 20); left > 0 && !shift.IsOver; left--)
        {
            var size = shift.Random.GetItems(SubjectFiles.Sizes, 1)[0];
            var tag = await WholeAsync(shift, link, size);
            await UnchangedAsync(shift, link, size, tag);
            if (size == 0) continue;
            var first = shift.Random.Next(size);
            await RangeAsync(shift, link, size, first, shift.Random.Next(first, size));
            await BeyondAsync(shift, link, size);
        }
    }

    /// <summary>Returns the file's entity tag.</summary>
    private static async Task<string> WholeAsync(Shift shift, Link link, int size)
    {
        var head = await AskAsync(link, size, "", 200);
        await Requests.ExpectPatternAsync(link, size, size);
        shift.Count(link);
        return EntityTag().Match(head) is { Success: true } tag ? tag.Groups[1].Value : throw new InvalidDataException("a file without an ETag");
    }

    private static async Task UnchangedAsync(Shift shift, Link link, int size, string tag)
    {
        await AskAsync(link, size, $"If-None-Match: {tag}\r\n", 304);
        await Requests.ExpectPatternAsync(link, size, 0);
        shift.Count(link);
    }

    private static async Task RangeAsync(Shift shift, Link link, int size, int first, int last)
    {
        var range = string.Create(CultureInfo.InvariantCulture, $"{first}-{last}");
        var head = await AskAsync(link, size, $"Range: bytes={range}\r\n", 206);
        if (!head.Contains($"Content-Range: bytes {range}/{size}\r\n", StringComparison.OrdinalIgnoreCase)) throw new InvalidDataException("another range");
        await Requests.ExpectPatternAsync(link, size, last - first + 1, first);
        shift.Count(link);
    }

    private static async Task BeyondAsync(Shift shift, Link link, int size)
    {
        await AskAsync(link, size, $"Range: bytes={size}-\r\n", 416);
        await link.ReadAllAsync();
        shift.Ledger.AddExpected("416 for a range behind the end");
    }

    private static async Task<string> AskAsync(Link link, int size, string fields, int status)
    {
        await link.SendAsync(Requests.Get($"/files/{size}.bin", fields));
        return await link.ReadHeadAsync(status);
    }

    [GeneratedRegex("\r\nETag: ([^\r]+)\r\n", RegexOptions.IgnoreCase)]
    private static partial Regex EntityTag();
}
