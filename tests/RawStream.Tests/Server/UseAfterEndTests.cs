using System.IO.Pipelines;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>Request and response are reused. Whoever keeps one after its handler has ended is told, and reaches no other request.</summary>
public sealed class UseAfterEndTests
{
    private static readonly Dictionary<string, Action<Request>> RequestUses = new()
    {
        ["Method"] = request => _ = request.Method,
        ["Target"] = request => _ = request.Target,
        ["Path"] = request => _ = request.Path,
        ["Query"] = request => _ = request.Query,
        ["Route"] = request => _ = request.Route,
        ["Headers"] = request => _ = request.Headers,
        ["Trailers"] = request => _ = request.Trailers,
        ["Host"] = request => _ = request.Host,
        ["Aborted"] = request => _ = request.Aborted,
        ["ContentLength"] = request => _ = request.ContentLength,
        ["MaxBodySize"] = request => request.MaxBodySize = 1,
        ["BodyBytesPerSecond"] = request => request.BodyBytesPerSecond = 1,
        ["BodyGrace"] = request => request.BodyGrace = TimeSpan.FromSeconds(1),
        ["Body"] = request => _ = request.Body,
    };

    private static readonly Dictionary<string, Action<ResponseWriter>> ResponseUses = new()
    {
        ["Status"] = response => _ = response.Status,
        ["set Status"] = response => response.Status = 201,
        ["Headers"] = response => _ = response.Headers,
        ["Trailers"] = response => _ = response.Trailers,
        ["Body"] = response => _ = response.Body,
        ["WriteTimeout"] = response => response.WriteTimeout = TimeSpan.FromSeconds(1),
        ["WriteBytesPerSecond"] = response => response.WriteBytesPerSecond = 1,
        ["WriteAsync bytes"] = response => response.WriteAsync(new byte[1]).AsTask(),
        ["WriteAsync text"] = response => response.WriteAsync("late").AsTask(),
        ["FlushAsync"] = response => response.FlushAsync().AsTask(),
    };

    private Request _request = null!;
    private ResponseWriter _response = null!;
    private PipeReader _requestBody = null!;
    private PipeWriter _responseBody = null!;
    private ResponseHeaders _responseHeaders = null!;

    [TestCaseSource(nameof(NamesOfRequestUses))]
    public async Task The_request_refuses(string use)
    {
        await using var server = await EndOneAsync();

        Assert.That(() => RequestUses[use](_request), Throws.InvalidOperationException.With.Message.Contains("ended"));
    }

    [TestCaseSource(nameof(NamesOfResponseUses))]
    public async Task The_response_refuses(string use)
    {
        await using var server = await EndOneAsync();

        Assert.That(() => ResponseUses[use](_response), Throws.InvalidOperationException.With.Message.Contains("ended"));
    }

    [Test]
    public async Task Reading_methods_refuse()
    {
        await using var server = await EndOneAsync();

        await Assert.ThatAsync(() => _request.ReadBytesAsync().AsTask(), Throws.InvalidOperationException);
        await Assert.ThatAsync(() => _request.ReadTextAsync().AsTask(), Throws.InvalidOperationException);
        await Assert.ThatAsync(() => _request.ReadJsonAsync(TestJson.Default.Order).AsTask(), Throws.InvalidOperationException);
    }

    /// <summary>What it would read is the next request of the connection.</summary>
    [Test]
    public async Task A_kept_request_body_refuses()
    {
        await using var server = await EndOneAsync();

        Assert.That(() => _requestBody.ReadAsync().AsTask(), Throws.InvalidOperationException);
        Assert.That(() => _requestBody.TryRead(out _), Throws.InvalidOperationException);
    }

    /// <summary>What it would write is part of the next response of the connection.</summary>
    [Test]
    public async Task A_kept_response_body_refuses()
    {
        await using var server = await EndOneAsync();

        Assert.That(() => _responseBody.GetSpan(1)[0], Throws.InvalidOperationException);
        Assert.That(() => _responseBody.GetMemory(1), Throws.InvalidOperationException);
        Assert.That(() => _responseBody.FlushAsync().AsTask(), Throws.InvalidOperationException);
    }

    [Test]
    public async Task Kept_response_headers_refuse()
    {
        await using var server = await EndOneAsync();

        Assert.That(() => _responseHeaders["X-Late"] = "1", Throws.InvalidOperationException);
    }

    [Test]
    public async Task They_refuse_after_a_handler_that_failed()
    {
        await using var server = await EndOneAsync("/fail");

        Assert.That(() => _request.Method, Throws.InvalidOperationException);
        Assert.That(() => _response.Status, Throws.InvalidOperationException);
    }

    /// <summary>One response has been read, and its connection is open.</summary>
    private async Task<TestServer> EndOneAsync(string target = "/")
    {
        var server = new TestServer();
        server.Http.Map("GET /", (request, response) =>
        {
            Keep(request, response);
            return default;
        });
        server.Http.Map("GET /fail", (request, response) =>
        {
            Keep(request, response);
            throw new InvalidOperationException("on purpose");
        });
        await server.GetAsync(target);
        return server;
    }

    private void Keep(Request request, ResponseWriter response)
    {
        (_request, _response) = (request, response);
        (_requestBody, _responseBody, _responseHeaders) = (request.Body, response.Body, response.Headers);
    }

    private static string[] NamesOfRequestUses() => [.. RequestUses.Keys];

    private static string[] NamesOfResponseUses() => [.. ResponseUses.Keys];
}
