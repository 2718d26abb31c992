using System.Globalization;
using System.Net;
using System.Text;

namespace RawStream.Load.Report;

/// <summary>A drawing, written by hand: the few shapes that a chart needs.</summary>
internal sealed class Svg(int width)
{
    // Told apart with most kinds of colour blindness (Okabe and Ito), and then again lighter.
    private static readonly string[] Colours =
        ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F", "#8C564B", "#BCBD22", "#5A3E9B", "#A3C9A8", "#F4A6A6", "#9AA5B1", "#C8B560"];

    private readonly StringBuilder _shapes = new();

    public static string Colour(int index) => Colours[index % Colours.Length];

    public void Rectangle(double x, double y, double width, double height, string colour) =>
        Add($"""<rect x="{x:F1}" y="{y:F1}" width="{width:F1}" height="{height:F1}" fill="{colour}"/>""");

    public void Text(double x, double y, string text, string anchor = "start", bool isTitle = false) =>
        Add($"""<text x="{x:F1}" y="{y:F1}" text-anchor="{anchor}" font-weight="{(isTitle ? "bold" : "normal")}">{WebUtility.HtmlEncode(text)}</text>""");

    public void Line(IEnumerable<(double X, double Y)> points, string colour, double strokeWidth = 2)
    {
        var path = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:F1},{point.Y:F1}")));
        Add($"""<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{strokeWidth}"/>""");
    }

    public string ToText(double height) => string.Create(CultureInfo.InvariantCulture, $"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:F0}" font-family="sans-serif" font-size="12">
        <rect width="100%" height="100%" fill="white"/>
        {_shapes}</svg>

        """);

    private void Add(FormattableString shape) => _shapes.Append(shape.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
