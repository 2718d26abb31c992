using System.Globalization;

namespace RawStream.Load.Report;

/// <summary>Figures as text.</summary>
internal static class Cell
{
    public const string None = "–";

    /// <summary>Three significant digits, without an exponent.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value)) return None;
        var size = Math.Abs(value) is var absolute && absolute > 0 ? (int)Math.Floor(Math.Log10(absolute)) : 0;
        return value.ToString($"F{Math.Clamp(2 - size, 0, 6)}", CultureInfo.InvariantCulture);
    }

    public static string Percent(double share) =>
        double.IsFinite(share) ? string.Create(CultureInfo.InvariantCulture, $"±{100 * share:F0}%") : "";

    public static string Ratio(double ratio) =>
        double.IsFinite(ratio) ? string.Create(CultureInfo.InvariantCulture, $"{Number(ratio)}x") : "";
}
