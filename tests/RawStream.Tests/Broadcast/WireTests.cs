using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

/// <summary>What a broadcast looks like on the wire, byte by byte.</summary>
public sealed class WireTests
{
    private static readonly BroadcastOptions Epoch = new() { Epoch = "e" };

    [Test]
    public async Task The_head_comes_at_once([Values] bool overTcp)
    {
        await using var station = new Station();

        var listener = await station.ListenAsync(overTcp: overTcp);

        Assert.That(listener.Head, Does.StartWith("HTTP/1.1 200 OK\r\n"));
        Assert.That(listener.Head, Does.Contain("Content-Type: text/event-stream\r\n"));
        Assert.That(listener.Head, Does.Contain("Cache-Control: no-cache\r\n"));
        Assert.That(listener.Head, Does.Contain("X-Accel-Buffering: no\r\n"));
        Assert.That(listener.Head, Does.Contain("Transfer-Encoding: chunked\r\n"));
        Assert.That(listener.Head, Does.Not.Contain("Content-Length"));
        Assert.That(station.Broadcast.Subscribers, Is.EqualTo(1));
    }

    [TestCase("Hello", null, "15\r\nid: e-1\ndata: Hello\n\n\r\n")]
    [TestCase("", null, "10\r\nid: e-1\ndata: \n\n\r\n")]
    [TestCase("Hello", "message", "15\r\nid: e-1\ndata: Hello\n\n\r\n")]
    [TestCase("Hello", "", "15\r\nid: e-1\ndata: Hello\n\n\r\n")]
    [TestCase("x", "trade", "1e\r\nid: e-1\nevent: trade\ndata: x\n\n\r\n")]
    [TestCase("one\ntwo", null, "1d\r\nid: e-1\ndata: one\ndata: two\n\n\r\n")]
    [TestCase("one\r\ntwo\rthree\n", null, "30\r\nid: e-1\ndata: one\ndata: two\ndata: three\ndata: \n\n\r\n")]
    [TestCase("data: x\n\nid: 9", null, "2a\r\nid: e-1\ndata: data: x\ndata: \ndata: id: 9\n\n\r\n")]
    public async Task An_event_is_one_chunk(string data, string? type, string chunk)
    {
        await using var station = new Station(Epoch);
        var listener = await station.ListenAsync();

        station.Broadcast.Publish(data, type);

        Assert.That(await listener.Client.ReadTextAsync(chunk.Length), Is.EqualTo(chunk));
        Assert.That(listener.Client.IsSilent);
    }

    [Test]
    public async Task Each_event_is_a_chunk_of_its_own_even_when_many_are_sent_at_a_time()
    {
        await using var station = new Station(Epoch);
        for (var i = 1; i <= 40; i++) station.Broadcast.Publish(i.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var listener = await station.ListenAsync(replay: 40);

        var chunks = string.Concat(Enumerable.Range(1, 40).Select(i => i < 10 ? $"11\r\nid: e-{i}\ndata: {i}\n\n\r\n" : $"13\r\nid: e-{i}\ndata: {i}\n\n\r\n"));
        Assert.That(await listener.Client.ReadTextAsync(chunks.Length), Is.EqualTo(chunks));
    }

    [Test]
    public async Task Text_is_UTF_8()
    {
        await using var station = new Station(Epoch);
        var listener = await station.ListenAsync();

        station.Broadcast.Publish("ä€😀", "ö");

        var heard = await listener.ReadAsync();
        Assert.That(Utf8(heard!.Data!), Is.EqualTo("ä€😀"));
        Assert.That(Utf8(heard.Type!), Is.EqualTo("ö"));
    }

    [Test]
    public async Task A_value_is_JSON_on_one_line()
    {
        var news = new Broadcast<Said>(BroadcastJson.Default.Said, Epoch);

        Assert.That(await HearAsync(news, broadcast => broadcast.Publish(new Said("one\ntwo"), "said")),
            Is.EqualTo(new Heard("e-1", "said", """{"Text":"one\ntwo"}""", null)));
    }

    [Test]
    public async Task A_message_is_the_event_that_its_type_stands_for()
    {
        var types = new EventTypes<Message>().Add("said", BroadcastJson.Default.Said).Add("joined", BroadcastJson.Default.Joined);
        var news = new Broadcast<Message>(types, Epoch);

        Assert.That(await HearAsync(news, broadcast => broadcast.Publish(new Joined("Ann"))), Is.EqualTo(new Heard("e-1", "joined", """{"Name":"Ann"}""", null)));
        Assert.That(await HearAsync(news, broadcast => broadcast.Publish(new Joined("Ann"), "came")), Is.EqualTo(new Heard("e-2", "came", """{"Name":"Ann"}""", null)));
        Assert.That(() => news.Publish(new Unheard()), Throws.ArgumentException);
        Assert.That(news.LastEventId, Is.EqualTo("e-2"), "what was refused has no sequence");
    }

    [Test]
    public void Values_that_are_not_texts_need_to_say_how_they_are_encoded() => Assert.That(() => new Broadcast<Said>(), Throws.ArgumentException);

    [TestCase("a\nb")]
    [TestCase("a\rb")]
    [TestCase("a\0b")]
    [TestCase("gap")]
    public void A_type_that_would_break_the_stream_or_lie_is_refused(string type)
    {
        var news = new Broadcast<string>();

        Assert.That(() => news.Publish("x", type), Throws.ArgumentException);
        Assert.That(() => news.Receive("e", 1, new BroadcastMessage<string>("x", type)), Throws.ArgumentException);
        Assert.That(news.LastEventId, Is.Null);
    }

    [Test]
    public void A_message_type_may_not_be_called_gap()
    {
        var news = new Broadcast<Message>(new EventTypes<Message>().Add("gap", BroadcastJson.Default.Said));

        Assert.That(() => news.Publish(new Said("x")), Throws.ArgumentException);
    }

    [Test]
    public async Task An_HTTP_1_0_client_gets_the_events_bare_and_the_end_by_closing([Values] bool isBehind)
    {
        await using var station = new Station(Epoch);
        var client = station.Server.Connect();
        station.Ask(client, out var target);
        if (isBehind) await station.PublishAsync(2);
        await client.SendAsync($"GET {target} HTTP/1.0\r\n{(isBehind ? "Last-Event-ID: e-0\r\n" : "")}\r\n");
        if (!isBehind) await station.PublishAsync(2);
        station.Broadcast.Complete();

        var (head, body) = Split(await client.ReadToEndAsync());

        Assert.That(head, Does.Not.Contain("Transfer-Encoding"));
        Assert.That(body, Is.EqualTo("id: e-1\ndata: 1\n\nid: e-2\ndata: 2\n\n"));
    }

    [Test]
    public async Task HEAD_gets_the_fields_and_no_subscription()
    {
        var joins = 0;
        await using var station = new Station(broadcast: new Broadcast<string> { OnJoin = (_, _) => joins++ });
        var client = station.Server.Connect();
        station.Ask(client, out var target);

        await client.AskAsync(target, method: "HEAD");
        var head = await client.ReadReplyAsync(isHead: true);
        station.Broadcast.Publish("nobody hears it");
        await station.Broadcast.DeliveredAsync().Within();

        Assert.That(head["Content-Type"], Is.EqualTo("text/event-stream"));
        Assert.That(station.Broadcast.Subscribers, Is.Zero);
        Assert.That(joins, Is.Zero);
        Assert.That((await client.GetAsync("/plain")).Text, Is.EqualTo("plain"));
    }

    [Test]
    public async Task Padding_retry_and_a_first_event_go_before_all_others_in_one_chunk()
    {
        var options = new EventStreamOptions { Padding = 4, Retry = TimeSpan.FromSeconds(2), First = new("you", "welcome") };
        await using var station = new Station(Epoch, options);
        await station.PublishAsync(1);
        var listener = await station.ListenAsync(replay: 1);

        const string prelude = "2e\r\n:    \n\nretry: 2000\n\nevent: welcome\ndata: you\n\n\r\n";
        const string chunks = prelude + "11\r\nid: e-1\ndata: 1\n\n\r\n";
        Assert.That(await listener.Client.ReadTextAsync(chunks.Length), Is.EqualTo(chunks));
    }

    [Test]
    public async Task A_value_is_encoded_once_whatever_the_number_of_subscribers()
    {
        var counting = new CountingConverter();
        var news = new Broadcast<Said>(counting.TypeInfo);
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Events(news.Subscribe()));
        var clients = new List<TestClient>();
        for (var i = 0; i < 20; i++)
        {
            clients.Add(server.Connect());
            await clients[i].AskAsync("/");
        }
        await using var sequence = news.Subscribe().GetAsyncEnumerator();

        for (var i = 0; i < 5; i++) news.Publish(new Said($"event {i}"));

        foreach (var client in clients) await client.ReadUntilAsync("event 4");
        for (var i = 0; i < 5; i++) Assert.That(await sequence.MoveNextAsync().Within());
        Assert.That(counting.Writes, Is.EqualTo(5));
    }

    private static async Task<Heard?> HearAsync<T>(Broadcast<T> broadcast, Action<Broadcast<T>> publish)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Events(broadcast.Subscribe()));
        await using var listener = new Listener(server.Connect(), () => null);
        await listener.Client.AskAsync("/");
        await listener.ReadHeadAsync();
        publish(broadcast);
        return await listener.ReadAsync();
    }

    private static (string Head, string Body) Split(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        return (text[..end], text[end..]);
    }

    private static string Utf8(string latin1) => System.Text.Encoding.UTF8.GetString(System.Text.Encoding.Latin1.GetBytes(latin1));
}
