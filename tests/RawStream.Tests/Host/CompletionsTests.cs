using System.Text.Json.Nodes;
using NUnit.Framework;
using RawStream.Host;
using RawStream.Tests.Support;

namespace RawStream.Tests.Host;

/// <summary><c>POST /v1/chat/completions</c> and <c>GET /generating</c>.</summary>
public sealed class CompletionsTests
{
    private const string Target = "/v1/chat/completions";

    private TestServer _server = null!;

    [SetUp]
    public void Start()
    {
        _server = new TestServer();
        Demos.Map(_server.Http, TimeProvider.System);
    }

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task A_stream_is_the_role_the_tokens_the_reason_and_done()
    {
        var reply = await _server.PostAsync($"{Target}?delay=0", Ask("What is a chunk?", stream: true));

        Assert.That(reply["Content-Type"], Is.EqualTo("text/event-stream"));
        Assert.That(reply.Chunks[^1], Is.EqualTo("data: [DONE]\n\n"));
        var chunks = reply.Chunks.SkipLast(1).Select(chunk => JsonNode.Parse(chunk["data: ".Length..])!).ToArray();
        Assert.That(chunks.Select(chunk => (string)chunk["object"]!), Has.All.EqualTo("chat.completion.chunk"));
        Assert.That(chunks.Select(chunk => (string)chunk["id"]!).Distinct().ToArray(), Has.Length.EqualTo(1));
        var choices = chunks.Select(chunk => chunk["choices"]!.AsArray().Single()!).ToArray();
        Assert.That(choices[0].ToJsonString(), Is.EqualTo("""{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}"""));
        Assert.That(choices[1].ToJsonString(), Is.EqualTo("""{"index":0,"delta":{"content":"A"},"finish_reason":null}"""));
        Assert.That(choices[^1].ToJsonString(), Is.EqualTo("""{"index":0,"delta":{},"finish_reason":"stop"}"""));
        Assert.That(string.Concat(choices.Select(choice => (string?)choice["delta"]!["content"])), Does.StartWith("A chunk is a piece").And.EndWith("."));
    }

    [Test]
    public async Task Without_stream_the_answer_is_one_JSON()
    {
        var reply = await _server.PostAsync($"{Target}?delay=0", """{"model":"any","temperature":1,"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Who are you?"}]}""");

        var completion = JsonNode.Parse(reply.Text)!;
        Assert.That(reply["Content-Type"], Is.EqualTo("application/json"));
        Assert.That((string)completion["object"]!, Is.EqualTo("chat.completion"));
        Assert.That((string)completion["choices"]![0]!["message"]!["role"]!, Is.EqualTo("assistant"));
        Assert.That((string)completion["choices"]![0]!["message"]!["content"]!, Does.Contain("parrot"));
        Assert.That((string)completion["choices"]![0]!["finish_reason"]!, Is.EqualTo("stop"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task When_the_client_leaves_nothing_more_is_made(bool stream)
    {
        var client = _server.Connect();
        var body = Ask("Who are you?", stream);
        await client.SendAsync($"POST {Target}?delay=1000 HTTP/1.1\r\nHost: test\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        await UntilGeneratingAsync("1");

        client.Abort();

        await UntilGeneratingAsync("0");
        _server.Log.AssertQuiet();
    }

    [TestCase("?delay=1001", """{"messages":[{"content":"x"}]}""", "delay must be")]
    [TestCase("", "", "not the JSON")]
    [TestCase("", "null", "messages must")]
    [TestCase("", "{}", "messages must")]
    [TestCase("", """{"messages":[]}""", "messages must")]
    [TestCase("", """{"messages":[null]}""", "messages must")]
    [TestCase("", """{"messages":[{"role":"user"}]}""", "messages must")]
    [TestCase("", """{"messages":"hello"}""", "not the JSON")]
    public async Task A_mistake_is_400_and_says_what_it_is(string query, string body, string words)
    {
        var reply = await _server.PostAsync(Target + query, body);

        Assert.That(reply.Status, Is.EqualTo(400));
        Assert.That(reply.Text, Does.Contain(words));
    }

    [Test]
    public async Task A_long_question_is_413()
    {
        var reply = await _server.PostAsync(Target, Ask(new string('x', 256 * 1024), stream: true));

        Assert.That(reply.Status, Is.EqualTo(413));
    }

    private static string Ask(string question, bool stream) =>
        new JsonObject { ["stream"] = stream, ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = question }) }.ToJsonString();

    private async Task UntilGeneratingAsync(string expected)
    {
        var asking = _server.Connect();
        var generating = "";
        for (var deadline = DateTime.UtcNow + Patience.Limit; generating != expected && DateTime.UtcNow < deadline;)
            generating = (await asking.GetAsync("/generating")).Text;
        Assert.That(generating, Is.EqualTo(expected));
    }
}
