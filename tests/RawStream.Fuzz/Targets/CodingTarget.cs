using System.Globalization;
using System.IO.Compression;
using System.Text;
using RawStream.Fuzz.Engine;
using RawStream.Fuzz.Peers;

namespace RawStream.Fuzz.Targets;

/// <summary>Requests that are compressed: what is compressed comes back, what is broken is refused, and no bomb goes off.</summary>
internal sealed class CodingTarget : FuzzTarget
{
    private const int Most = 100_000;

    private static readonly string[] Codings = ["gzip", "deflate", "br", "x-gzip", "identity"];

    private readonly Harness _harness;

    public CodingTarget() => _harness = new Harness(server => server.Map("POST /", async request =>
    {
        request.MaxBodySize = Most;
        request.DecodeBody();
        return Response.Bytes(await request.ReadBytesAsync());
    }));

    public override string Name => "coding";

    /// <summary>The first byte chooses the coding; the rest is content, or is compressed already.</summary>
    public override int Run(byte[] input)
    {
        if (input.Length == 0) return 0;
        var choices = ChoicesFor(input);
        var coding = Codings[input[0] % Codings.Length];
        var content = input[1..];

        var good = Compress(coding, content);
        var back = Send(coding, good, choices);
        Check(back.Status == 200 && back.Body.AsSpan().SequenceEqual(content), $"{coding}: what is compressed comes back, not {back.Describe()}");

        var broken = good;
        for (var left = choices.Next(1, 4); left > 0 && broken.Length > 0; left--) broken[choices.Next(broken.Length)] ^= (byte)(1 << choices.Next(8));
        var cut = Send(coding, broken[..choices.Next(broken.Length + 1)], choices);
        var own = Send(coding, content, null);
        Check(own.Describe() == Send(coding, content, choices).Describe(), "in pieces another answer");
        if (choices.Next(200) == 0) Check(Send(coding, Compress(coding, new byte[Most + 1 + choices.Next(3_000_000)]), null).Status == 413, "a bomb is refused");
        return System.HashCode.Combine(coding, cut.Status, own.Status, Math.Min(own.Body.Length, 4));
    }

    private FuzzResponse Send(string coding, byte[] body, Random? choices)
    {
        byte[] request =
        [
            .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
                $"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Encoding: {coding}\r\nContent-Length: {body.Length}\r\n\r\n")),
            .. body,
        ];
        var responses = ResponseReader.ReadAll(_harness.Exchange(request, choices).Span, ["POST"]);
        Check(responses is [{ Status: 200 or 400 or 413 }], $"one answer, and no fault of the server: {responses.FirstOrDefault()?.Describe()}");
        Check(responses[0].Body.Length <= Most + 200, "no more than allowed is ever decoded");
        return responses[0];
    }

    private static byte[] Compress(string coding, byte[] content)
    {
        using var output = new MemoryStream();
        using (Stream coder = coding switch
        {
            "gzip" or "x-gzip" => new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(output, CompressionLevel.Fastest, leaveOpen: true),
            _ => new BufferedStream(output),
        })
        {
            coder.Write(content);
            coder.Flush();
            if (coding == "identity") return output.ToArray();
        }
        return output.ToArray();
    }
}
