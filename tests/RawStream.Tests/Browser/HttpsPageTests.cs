using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Browser;

/// <summary>A page over HTTPS: events, a compressed stream and a WebSocket, each part of which is there before the next one is sent.</summary>
[Parallelizable] // It waits more than it works.
public sealed class HttpsPageTests : BrowserTests
{
    private const int Parts = 5;

    private const string Html =
        """
        <!doctype html>
        <html lang="en"><meta charset="utf-8"><title>Over TLS</title>
        <style>body { font: 1rem system-ui; margin: 2rem } li span { color: gray }</style>
        <h1>Over TLS</h1>
        <h2>Events</h2><ol id="events"></ol>
        <h2>A compressed stream</h2><ol id="stream"></ol>
        <h2>A WebSocket</h2><ol id="socket"></ol>
        <script>
          const show = (id, text) => {
            const item = document.createElement('li');
            const sent = Number(text.split(' ')[1]);
            item.innerHTML = `${text.split(' ')[0]} <span>${Date.now() - sent} ms after it was sent</span>`;
            item.dataset.late = Date.now() - sent;
            document.getElementById(id).append(item);
          };
          new EventSource('/events').onmessage = event => show('events', event.data);
          fetch('/stream').then(async response => {
            document.getElementById('stream').dataset.coding = response.headers.get('content-encoding');
            const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
            for (let text = ''; ;) {
              const { value, done } = await reader.read();
              if (done) return;
              const lines = (text + value).split('\n');
              text = lines.pop();
              lines.forEach(line => show('stream', line));
            }
          });
          const socket = new WebSocket('wss://' + location.host + '/ws');
          socket.onmessage = event => show('socket', event.data);
        </script>
        """;

    [Test]
    public async Task Each_part_is_there_before_the_next_is_sent()
    {
        var server = NewServer(TestCertificates.Options());
        SemaphoreSlim[] turns = [new(0), new(0), new(0)];
        server.Http.UseCompression();
        server.Http.Map("GET /", request => Response.Text(Html, contentType: "text/html; charset=utf-8"));
        server.Http.Map("GET /events", request => Response.Events(PartsAsync(turns[0])));
        server.Http.Map("GET /stream", async (request, response) =>
        {
            response.Headers["Content-Type"] = "text/plain; charset=utf-8";
            await foreach (var part in PartsAsync(turns[1])) await response.WriteAsync(part + "\n");
        });
        server.Http.Map("GET /ws", request => Response.WebSocket(async socket =>
        {
            await foreach (var part in PartsAsync(turns[2])) await socket.SendAsync(part);
        }));
        await server.StartAsync();

        await Page.TrustAllAsync();
        await Page.GoToAsync($"https://localhost:{server.Http.Port}/");
        for (var n = 1; n <= Parts; n++)
        {
            foreach (var turn in turns) turn.Release();
            await Page.UntilAsync($"['events', 'stream', 'socket'].every(id => document.getElementById(id).children.length >= {n})");
        }

        await LookAsync("https");
        Assert.That(await Page.EvaluateAsync<string>("document.getElementById('stream').dataset.coding"), Is.EqualTo("gzip").Or.EqualTo("br"));
    }

    private static async IAsyncEnumerable<string> PartsAsync(SemaphoreSlim turn)
    {
        for (var n = 1; n <= Parts; n++)
        {
            await turn.WaitAsync();
            yield return $"{n} {DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}";
        }
    }
}
