using System.Text;
using RawStream.Fuzz.Engine;
using RawStream.Fuzz.Peers;
using RawStream.Http1;
using RawStream.WebSockets;

namespace RawStream.Fuzz.Targets;

/// <summary>Fields that are lists: members, persistence, expectations, extensions, hosts. Each as a search through text finds it.</summary>
internal sealed class ListTarget : FuzzTarget
{
    public override string Name => "list";

    public override IReadOnlyList<byte[]> Tokens => Dictionary.Fields;

    public override int Run(byte[] input)
    {
        if (Heads.WithLines("Connection", input) is not { } head) return 0;
        var members = Encoding.Latin1.GetString(input).Split(['\n', ',']).Select(member => member.Trim(' ', '\t', '\r')).ToArray();
        foreach (var word in (ReadOnlySpan<string>)["close", "keep-alive", "upgrade", "*"])
            Check(ListField.Contains(head.Fields, "connection"u8, word) == members.Contains(word, StringComparer.OrdinalIgnoreCase), $"{word} is found where it stands");
        Check(Persistence.IsKept(head) == !members.Contains("close", StringComparer.OrdinalIgnoreCase), "close closes");

        var outcome = 1;
        if (Heads.WithLines("Expect", input) is { } expecting) outcome += (int)Expectation.Read(expecting, out _);
        if (Heads.WithLines("X-Host", input) is { } hosts) outcome += Grammar.IsHostAndPort(hosts.Fields.Value(1)) ? 100 : 0;
        var text = head.Fields["Connection"] ?? "";
        try
        {
            var extensions = Extension.ReadAll(text);
            Check(extensions.All(extension => Grammar.IsToken(extension.Name) && extension.Parameters.All(parameter => Grammar.IsToken(parameter.Name))), "extensions are tokens");
            outcome += 1000 * (1 + Math.Min(extensions.Count, 5)) + 10_000 * Math.Min(extensions.Sum(extension => extension.Parameters.Count), 6);
        }
        catch (BadRequestException)
        {
            outcome += 500;
        }
        return outcome + 100_000 * Math.Min(members.Length, 5);
    }
}
