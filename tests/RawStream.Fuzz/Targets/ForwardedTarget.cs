using System.Net;
using RawStream.Fuzz.Engine;
using RawStream.Fuzz.Peers;
using RawStream.Middleware;

namespace RawStream.Fuzz.Targets;

/// <summary>What proxies tell: it is taken, or refused, and never a fault; no more hops than allowed; what a client puts before it does not count.</summary>
internal sealed class ForwardedTarget : FuzzTarget
{
    private const int HopsMax = 3;

    private readonly Harness _standard;
    private readonly Harness _custom;

    public ForwardedTarget()
    {
        _standard = Create(ForwardedFields.Forwarded);
        _custom = Create(ForwardedFields.For | ForwardedFields.Proto | ForwardedFields.Host);
    }

    public override string Name => "forwarded";

    public override IReadOnlyList<byte[]> Tokens => Dictionary.Fields;

    public override int Run(byte[] input)
    {
        var line = input.AsSpan().IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var end ? input[..end] : input;
        var outcome = 0;
        if (Heads.WithLines("Forwarded", line) is { } head)
        {
            try
            {
                Check(ForwardedElement.ReadForwarded(head.Fields, HopsMax).Count <= HopsMax, "no more hops than allowed");
            }
            catch (BadRequestException)
            {
                outcome = 1;
            }
        }
        outcome = outcome * 1000 + Send(_standard, "Forwarded", line);
        outcome = outcome * 1000 + Send(_custom, "X-Forwarded-For", line);
        outcome = outcome * 1000 + Send(_custom, "X-Forwarded-Host", line);
        return outcome * 1000 + Send(_custom, "X-Forwarded-Proto", line);
    }

    /// <summary>The last element is the proxy's own: it tells of 192.0.2.1.</summary>
    private static int Send(Harness harness, string name, byte[] line)
    {
        var own = name switch
        {
            "Forwarded" => "for=192.0.2.1"u8,
            "X-Forwarded-For" => "192.0.2.1"u8,
            "X-Forwarded-Host" => "own"u8,
            _ => "https"u8,
        };
        byte[] request = [.. System.Text.Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{name}: "), .. line, .. ", "u8, .. own, .. "\r\n\r\n"u8];
        var responses = ResponseReader.ReadAll(harness.Exchange(request).Span, ["GET"]);
        Check(responses is [{ Status: 200 or 400 or 431 }], $"one answer, and no fault of the server: {responses.FirstOrDefault()?.Describe()}");
        if (responses[0].Status != 200) return 2;
        var told = System.Text.Encoding.UTF8.GetString(responses[0].Body).Split('|');
        if (name is "Forwarded" or "X-Forwarded-For") Check(told[0].StartsWith("192.0.2.1", StringComparison.Ordinal), $"the client is who the proxy says: {told[0]}");
        if (name == "X-Forwarded-Host") Check(told[1] == "own", $"the host is what the proxy says: {told[1]}");
        return 3 + told[2].Length % 7;
    }

    private static Harness Create(ForwardedFields fields) => new(server =>
    {
        server.UseForwarded(new ForwardedOptions { Proxies = [IPNetwork.Parse("127.0.0.0/8")], Fields = fields, MaxHops = HopsMax });
        server.Map("GET /", request => Response.Bytes(System.Text.Encoding.UTF8.GetBytes($"{(request.RemoteEndPoint as IPEndPoint)?.Address}|{request.Host}|{request.Scheme}")));
    });
}
