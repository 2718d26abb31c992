using System.Text;
using RawStream.Fuzz.Engine;
using RawStream.Fuzz.Peers;
using RawStream.Http1;

namespace RawStream.Fuzz.Targets;

/// <summary>Queries and forms: the same pairs in both, each found by its name, and what is encoded comes back.</summary>
internal sealed class FormTarget : FuzzTarget
{
    private const int FieldsMax = 50;

    public override string Name => "form";

    public override IReadOnlyList<byte[]> Tokens => Dictionary.Fields;

    public override int Run(byte[] input)
    {
        Form form;
        try
        {
            form = new Form(input, FieldsMax);
        }
        catch (BadRequestException e) when (e.Status == 413)
        {
            return 1;
        }
        Check(form.Count <= FieldsMax, "no more fields than allowed");
        foreach (var (name, _) in form) Check(form[name] is not null, "a field is found by its name");

        var head = new RequestHead { QueryLength = input.Length };
        head.Fields.Keep(input);
        var query = new Query(head);
        if (input.Length > 0) Check(query.SequenceEqual(form), "a query is read as a form is");
        foreach (var (name, value) in form.Take(20)) Check(query[name] == form.First(field => field.Key == name).Value, $"the first of a name is found: {value}");

        var text = Encoding.Latin1.GetString(input);
        var back = new Form(Encoding.ASCII.GetBytes($"a={Uri.EscapeDataString(text)}&b={Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal)}"), 2);
        Check(back["a"] == text && back["b"] == text, "what is encoded comes back");
        return 2 + Math.Min(form.Count, 10) + 20 * (form.Any(field => field.Value.Contains('\uFFFD', StringComparison.Ordinal)) ? 1
            : 0) + 40 * (form.Any(field => field.Key.Length == 0) ? 1 : 0);
    }
}
