using System.Text.Json.Nodes;
using NUnit.Framework;
using RawStream.Host;
using RawStream.Tests.Support;

namespace RawStream.Tests.Host;

/// <summary>Rooms, presence, resume, and the bounds of all that.</summary>
public sealed class ChatTests
{
    private const string Json = "Content-Type: application/json\r\n";

    private TestServer _server = null!;

    [SetUp]
    public void Start()
    {
        _server = new TestServer();
        Demos.Map(_server.Http, new ManualTime());
    }

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task The_first_event_tells_the_key_and_then_it_is_told_who_is_there()
    {
        var (ann, key) = await EnterAsync("Ann");

        Assert.That(key, Has.Length.GreaterThanOrEqualTo(16));
        await ann.ReadUntilAsync("""event: joined␊data: {"room":"lobby","name":"Ann","present":["Ann"],"at":"2026-11-20T12:00:00+00:00"}␊␊""".Replace('␊', '\n'));
        var (bob, _) = await EnterAsync("Bob");
        await ann.ReadUntilAsync("""
            "name":"Bob","present":["Ann","Bob"]
            """);
        bob.Abort();
        await ann.ReadUntilAsync("event: left\n");
        await ann.ReadUntilAsync("""
            "name":"Bob","present":["Ann"]
            """);
    }

    [TestCase("/chat/lobby", Json, """{"name":"Bob","text":"hello"}""")]
    [TestCase("/chat/lobby?name=Bob", "", "hello")]
    [TestCase("/chat/lobby?name=%20Bob%20", "Content-Type: text/plain\r\n", " hello\n")]
    public async Task What_is_said_is_heard_in_the_room(string target, string fields, string body)
    {
        var (ann, _) = await EnterAsync("Ann");

        var reply = await _server.PostAsync(target, body, fields);

        Assert.That(reply.Status, Is.EqualTo(204));
        await ann.ReadUntilAsync("event: said\ndata: {\"room\":\"lobby\",\"name\":\"Bob\",\"text\":\"hello\",");
    }

    [Test]
    public async Task Whoever_enters_gets_what_was_said_before_and_whoever_comes_back_what_was_missed()
    {
        await _server.PostAsync("/chat/lobby?name=Bob", "one");
        await _server.PostAsync("/chat/kitchen?name=Bob", "elsewhere");
        var (ann, _) = await EnterAsync("Ann");
        var first = await ann.ReadUntilAsync("\"text\":\"one\"");
        var id = first.Split("id: ")[^1].Split('\n')[0];
        ann.Abort();
        await _server.PostAsync("/chat/lobby?name=Bob", "two");

        var (again, _) = await EnterAsync("Ann", $"Last-Event-ID: {id}\r\n");

        Assert.That(await again.ReadUntilAsync("\"text\":\"two\""), Does.Not.Contain("\"text\":\"one\"").And.Not.Contain("elsewhere").And.Not.Contain("event: gap"));
    }

    [Test]
    public async Task An_id_of_another_server_is_one_gap()
    {
        await _server.PostAsync("/chat/lobby?name=Bob", "one");

        var (ann, _) = await EnterAsync("Ann", "Last-Event-ID: before-17\r\n");

        var told = await ann.ReadUntilAsync("event: joined");
        Assert.That(told.Split("event: gap"), Has.Length.EqualTo(2));
        Assert.That(told, Does.Contain("\"text\":\"one\""));
    }

    [Test]
    public async Task Rooms_are_changed_while_the_stream_is_open()
    {
        await _server.PostAsync("/chat/kitchen?name=Bob", "before");
        var (ann, key) = await EnterAsync("Ann");

        var reply = await _server.PostAsync($"/streams/{key}/topics", """{"follow":["kitchen"],"unfollow":["lobby"]}""");
        await _server.PostAsync("/chat/lobby?name=Bob", "elsewhere");
        await _server.PostAsync("/chat/kitchen?name=Bob", "after");

        Assert.That(reply.Text, Is.EqualTo("""{"follow":["kitchen"]}"""));
        var told = await ann.ReadUntilAsync("\"text\":\"after\"");
        Assert.That(told, Does.Contain("\"text\":\"before\"").And.Contain("\"room\":\"kitchen\",\"name\":\"Ann\",\"present\":[\"Ann\"]").And.Not.Contain("elsewhere"));
    }

    [Test]
    public async Task A_stream_can_be_ended_by_its_key()
    {
        var (ann, key) = await EnterAsync("Ann");
        var other = _server.Connect();
        await other.AskAsync($"/streams/{key}", "DELETE");

        Assert.That((await other.ReadReplyAsync()).Status, Is.EqualTo(204));
        await ann.ReadUntilAsync("\r\n0\r\n\r\n");
    }

    [TestCase("POST", "/topics")]
    [TestCase("DELETE", "")]
    public async Task A_wrong_key_is_404(string method, string rest)
    {
        var client = _server.Connect();
        await client.AskAsync($"/streams/wrong{rest}", method);

        Assert.That((await client.ReadReplyAsync()).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task The_bounds_can_be_reached()
    {
        var name = new string('n', ChatRules.NameMax);
        var (ann, key) = await EnterAsync(name);
        var text = string.Concat(Enumerable.Repeat("\\u00e4", ChatRules.TextMax)); // The longest way to write them.
        var rooms = Enumerable.Range(1, ChatRules.RoomsMax - 1).Select(i => $"\"room{i}\"");

        Assert.That((await _server.PostAsync("/chat/lobby", $$"""{"name":"{{name}}","text":"{{text}}"}""", Json)).Status, Is.EqualTo(204));
        Assert.That((await _server.PostAsync($"/streams/{key}/topics", $$"""{"follow":[{{string.Join(',', rooms)}}]}""")).Status, Is.EqualTo(200));
        Assert.That((await _server.PostAsync($"/streams/{key}/topics", """{"follow":["more"]}""")).Status, Is.EqualTo(400));
        Assert.That((await _server.PostAsync($"/streams/{key}/topics", """{"follow":["more"],"unfollow":["lobby"]}""")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task When_all_rooms_are_in_use_there_is_none_for_another_one()
    {
        for (var stream = 0; stream * ChatRules.RoomsMax < ChatRules.RoomsInUseMax; stream++)
        {
            var (_, key) = await EnterAsync("Ann", room: $"room{stream}-0");
            var rooms = Enumerable.Range(1, ChatRules.RoomsMax - 1).Select(i => $"\"room{stream}-{i}\"");
            await _server.PostAsync($"/streams/{key}/topics", $$"""{"follow":[{{string.Join(',', rooms)}}]}""");
        }

        Assert.That((await _server.GetAsync("/chat/events?room=another&name=Ann")).Status, Is.EqualTo(429));
        Assert.That((await _server.PostAsync("/chat/another?name=Ann", "hello")).Status, Is.EqualTo(429));
        Assert.That((await _server.PostAsync("/chat/room7-7?name=Ann", "hello")).Status, Is.EqualTo(204));
        _server.Log.AssertQuiet();
    }

    [TestCase("/chat/lobby", "", "hello", 400)]
    [TestCase("/chat/lobby?name=", "", "hello", 400)]
    [TestCase("/chat/lobby?name=a%0Ab", "", "hello", 400)]
    [TestCase("/chat/lobby?name={41}", "", "hello", 400)]
    [TestCase("/chat/lobby?name=Bob", "", "", 400)]
    [TestCase("/chat/lobby?name=Bob", "", " ", 400)]
    [TestCase("/chat/lobby?name=Bob", "", "{2001}", 400)]
    [TestCase("/chat/lobby?name=Bob", "", "{17000}", 413)]
    [TestCase("/chat/a%20b?name=Bob", "", "hello", 400)]
    [TestCase("/chat/{41}?name=Bob", "", "hello", 400)]
    [TestCase("/chat/lobby", Json, "null", 400)]
    [TestCase("/chat/lobby", Json, "{}", 400)]
    [TestCase("/chat/lobby", Json, "hello", 400)]
    [TestCase("/chat/lobby", Json, """{"name":"Bob","text":"\ud800"}""", 400)]
    [TestCase("/chat/lobby", Json, """{"name":"Bob","text":1}""", 400)]
    public async Task What_cannot_be_said(string target, string fields, string body, int status)
    {
        var reply = await _server.PostAsync(Fill(target), Fill(body), fields);

        Assert.That(reply.Status, Is.EqualTo(status));
        _server.Log.AssertQuiet();
    }

    [TestCase("/chat/events?name=Ann")]
    [TestCase("/chat/events?room=lobby")]
    [TestCase("/chat/events?room=a/b&name=Ann")]
    [TestCase("/chat/events?room=lobby&name={41}")]
    public async Task Who_cannot_enter(string target)
    {
        Assert.That((await _server.GetAsync(Fill(target))).Status, Is.EqualTo(400));
        _server.Log.AssertQuiet();
    }

    /// <summary>A number in braces stands for so many letters.</summary>
    private static string Fill(string text) =>
        text.IndexOf('{', StringComparison.Ordinal) is >= 0 and var start && int.TryParse(text[(start + 1)..text.IndexOf('}', start)], out var count)
            ? text[..start] + new string('x', count) + text[(text.IndexOf('}', start) + 1)..]
            : text;

    private async Task<(TestClient Client, string Key)> EnterAsync(string name, string fields = "", string room = "lobby")
    {
        var client = _server.Connect();
        await client.AskAsync($"/chat/events?room={room}&name={name}", fields: fields);
        await client.ReadUntilAsync("event: opened\ndata: ");
        var opened = JsonNode.Parse((await client.ReadUntilAsync("\n"))[..^1])!;
        return (client, (string)opened["key"]!);
    }
}
