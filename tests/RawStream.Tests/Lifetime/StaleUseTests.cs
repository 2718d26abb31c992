using System.Buffers;
using NUnit.Framework;

namespace RawStream.Tests.Lifetime;

/// <summary>What a handler has kept beyond its end refuses to be used.</summary>
[TestFixture]
public sealed class StaleUseTests
{
    [TestCase("request.Method")]
    [TestCase("request.Target")]
    [TestCase("request.Path")]
    [TestCase("request.Query")]
    [TestCase("request.Route")]
    [TestCase("request.Headers")]
    [TestCase("request.Trailers")]
    [TestCase("request.Host")]
    [TestCase("request.Aborted")]
    [TestCase("request.ContentLength")]
    [TestCase("request.MaxBodySize")]
    [TestCase("request.MaxBodySize=")]
    [TestCase("request.Body")]
    [TestCase("request.ReadBytesAsync")]
    [TestCase("request body, TryRead")]
    [TestCase("request body, ReadAsync")]
    [TestCase("response.Status")]
    [TestCase("response.Status=")]
    [TestCase("response.Headers")]
    [TestCase("response.Trailers")]
    [TestCase("response.Body")]
    [TestCase("response.WriteTimeout")]
    [TestCase("response.WriteAsync, text")]
    [TestCase("response.WriteAsync, bytes")]
    [TestCase("response.FlushAsync")]
    [TestCase("response body, GetSpan")]
    [TestCase("response body, GetMemory")]
    [TestCase("response body, WriteAsync")]
    [TestCase("response body, FlushAsync")]
    public async Task What_was_kept_throws_after_the_end_of_its_handler(string use)
    {
        Func<Task>? useKept = null;
        await using var site = new Site(async (request, response) =>
        {
            useKept ??= Uses(request, response, use);
            await response.WriteAsync("this is " + request.Path);
        });
        await using var peer = site.Connect();
        await peer.GetAsync("/1");
        await peer.ReadUntilAsync("\r\n0\r\n\r\n");

        Assert.That(async () => await useKept!(), Throws.InvalidOperationException.With.Message.Contains("handler"));

        peer.Forget();
        await peer.GetAsync("/2");
        var next = await peer.ReadUntilAsync("\r\n0\r\n\r\n");
        Assert.That(next, Does.StartWith("HTTP/1.1 200 ").And.EndWith("\r\n\r\na\r\nthis is /2\r\n0\r\n\r\n"));
    }

    /// <summary>What it uses is taken while the handler runs.</summary>
    private static Func<Task> Uses(Request request, ResponseWriter response, string use)
    {
        var (reader, writer) = (request.Body, response.Body);
        return use switch
        {
            "request.Method" => () => Task.FromResult(request.Method),
            "request.Target" => () => Task.FromResult(request.Target),
            "request.Path" => () => Task.FromResult(request.Path),
            "request.Query" => () => Task.FromResult(request.Query),
            "request.Route" => () => Task.FromResult(request.Route),
            "request.Headers" => () => Task.FromResult(request.Headers),
            "request.Trailers" => () => Task.FromResult(request.Trailers),
            "request.Host" => () => Task.FromResult(request.Host),
            "request.Aborted" => () => Task.FromResult(request.Aborted),
            "request.ContentLength" => () => Task.FromResult(request.ContentLength),
            "request.MaxBodySize" => () => Task.FromResult(request.MaxBodySize),
            "request.MaxBodySize=" => () => Task.FromResult(request.MaxBodySize = 1),
            "request.Body" => () => Task.FromResult(request.Body),
            "request.ReadBytesAsync" => () => request.ReadBytesAsync().AsTask(),
            "request body, TryRead" => () => Task.FromResult(reader.TryRead(out _)),
            "request body, ReadAsync" => () => reader.ReadAsync().AsTask(),
            "response.Status" => () => Task.FromResult(response.Status),
            "response.Status=" => () => Task.FromResult(response.Status = 404),
            "response.Headers" => () => Task.FromResult(response.Headers),
            "response.Trailers" => () => Task.FromResult(response.Trailers),
            "response.Body" => () => Task.FromResult(response.Body),
            "response.WriteTimeout" => () => Task.FromResult(response.WriteTimeout),
            "response.WriteAsync, text" => () => response.WriteAsync("late").AsTask(),
            "response.WriteAsync, bytes" => () => response.WriteAsync("late"u8.ToArray()).AsTask(),
            "response.FlushAsync" => () => response.FlushAsync().AsTask(),
            "response body, GetSpan" => () => Task.FromResult(writer.GetSpan().Length),
            "response body, GetMemory" => () => Task.FromResult(writer.GetMemory()),
            "response body, WriteAsync" => () => writer.WriteAsync("late"u8.ToArray()).AsTask(),
            "response body, FlushAsync" => () => writer.FlushAsync().AsTask(),
            _ => throw new ArgumentOutOfRangeException(nameof(use), use, "There is no such use."),
        };
    }
}
