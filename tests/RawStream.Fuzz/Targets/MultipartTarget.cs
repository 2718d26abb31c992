using System.Globalization;
using System.Text;
using RawStream.Forms;
using RawStream.Fuzz.Engine;
using RawStream.Fuzz.Peers;

namespace RawStream.Fuzz.Targets;

/// <summary>
/// multipart/form-data: parts, or a refusal that is the client's fault; no more parts and bytes than allowed; no name of a file that is a path; and what is well-formed comes
/// back.
/// </summary>
internal sealed class MultipartTarget : FuzzTarget
{
    private const int PartsMax = 8;
    private const int PartMax = 500;

    private static readonly System.Buffers.SearchValues<char> NoNames = System.Buffers.SearchValues.Create("/\\:\0\r\n");

    private readonly Harness _harness;
    private readonly List<(string Name, string? File, string Body)> _parts = [];

    public MultipartTarget() => _harness = new Harness(server => server.Map("POST /", ReadAsync));

    public override string Name => "multipart";

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        .. Dictionary.Of(
            "--x", "--x\r\n", "\r\n--x\r\n", "\r\n--x--\r\n", "--x--", "--", "\r\n", "\n", "\r", "\r\n\r\n", "\0", "Content-Disposition: form-data; name=\"a\"\r\n",
            "Content-Disposition: form-data; name=a; filename=\"b.txt\"\r\n",
            "Content-Disposition: form-data; name=\"a\"; filename*=UTF-8''%2e%2e%2fb\r\n", "Content-Disposition: attachment\r\n", "Content-Disposition:\r\n",
            "Content-Type: text/plain\r\n", "Content-Transfer-Encoding: base64\r\n",
            "filename=\"../../etc/passwd\"", "filename=\"C:\\\\x\\\\y\"", "filename*=UTF-8''", "filename*=x", "%00", "%2f", "\"", "\\\"", ";", "=", "name=", "name=\"\"",
            "value", "\xff", "\xc3\xa9", ".", "..", " "),
    ];

    /// <summary>The input is a body with the boundary x.</summary>
    public override int Run(byte[] input)
    {
        var choices = ChoicesFor(input);
        // Of what is malformed, the framework's reader may take something in some pieces that it refuses in others: SECURITY.md says so.
        var whole = Send(input, null, out var parts);
        Send(input, choices, out _);

        var text = Notation.Show(input.AsSpan(0, Math.Min(input.Length, PartMax / 10)));
        const string disposition = "Content-Disposition: form-data; name=";
        var form = Encoding.Latin1.GetBytes($"--x\r\n{disposition}\"a\"\r\n\r\n{text}\r\n--x\r\n{disposition}\"b\"; filename=\"f\"\r\n\r\n{text}{text}\r\n--x--\r\n");
        if (!text.Contains("--x", StringComparison.Ordinal))
        {
            Check(Send(form, choices, out var back).Status == 200, "a good form is taken");
            Check(back.SequenceEqual([("a", null, text), ("b", "f", text + text)]), "its parts come back");
        }
        return System.HashCode.Combine(whole.Status, parts.Count, parts.Count(part => part.File is not null), whole.Body.Length);
    }

    private FuzzResponse Send(byte[] body, Random? choices, out List<(string Name, string? File, string Body)> parts)
    {
        _parts.Clear();
        byte[] request =
        [
            .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
                $"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {body.Length}\r\n\r\n")),
            .. body,
        ];
        var responses = ResponseReader.ReadAll(_harness.Exchange(request, choices).Span, ["POST"]);
        Check(responses is [{ Status: 200 or 400 or 413 }], $"one answer, and no fault of the server: {responses.FirstOrDefault()?.Describe()}");
        parts = [.. _parts];
        return responses[0];
    }

    private async ValueTask<Response> ReadAsync(Request request)
    {
        var count = 0;
        await foreach (var part in request.ReadPartsAsync(new MultipartOptions { Parts = PartsMax, PartBytes = PartMax, HeaderBytes = 1000, HeaderFields = 6 }))
        {
            Check(++count <= PartsMax, "no more parts than allowed");
            Check(part.FileName is null || (part.FileName.Length > 0 && !part.FileName.AsSpan().ContainsAny(NoNames)
                && part.FileName is not "." and not ".."), $"the name of a file is no path: {part.FileName}");
            var text = await part.ReadTextAsync();
            Check(Encoding.UTF8.GetByteCount(text) <= PartMax * 3, "no more of a part than allowed");
            _parts.Add((part.Name, part.FileName, text));
        }
        return "ok";
    }
}
