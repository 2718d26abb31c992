using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>Messages go out under the names that their types were given; mistakes show at start.</summary>
public sealed class EventTypesTests
{
    private static readonly string[] BadNames = ["a\nb", "a\rb", "a\r\nb", "a\0b"];

    private readonly EventTypes<ChatEvent> _chat = new EventTypes<ChatEvent>()
        .Add("said", EventsJson.Default.Said)
        .Add("joined", IndentedJson.Default.Joined);

    [Test]
    public async Task Each_message_has_the_name_of_its_type([Values] bool written)
    {
        ChatEvent[] messages = [new Joined("Ann"), new Said("Ann", "a\nb"), new Joined("Bob")];
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => written
            ? Response.Events(async events =>
            {
                foreach (var message in messages) await events.WriteAsync(message, _chat);
            })
            : Response.Events(messages.ToAsyncEnumerable(), _chat));

        Assert.That((await server.GetAsync("/")).Chunks, Is.EqualTo(new[]
        {
            "event: joined\ndata: {\"Name\":\"Ann\"}\n\n",
            "event: said\ndata: {\"Name\":\"Ann\",\"Text\":\"a\\nb\"}\n\n",
            "event: joined\ndata: {\"Name\":\"Bob\"}\n\n",
        }));
    }

    [Test]
    public async Task Messages_may_have_nothing_in_common()
    {
        var types = new EventTypes<object>().Add("numbers", EventsJson.Default.Int32Array).Add("message", EventsJson.Default.Left);
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Events(new object[] { new[] { 1, 2 }, new Left("Ann") }.ToAsyncEnumerable(), types));

        Assert.That((await server.GetAsync("/")).Chunks, Is.EqualTo(new[] { "event: numbers\ndata: [1,2]\n\n", "data: {\"Name\":\"Ann\"}\n\n" }));
    }

    /// <summary>Nor is a derived type: it would lose what it has more.</summary>
    [Test]
    public async Task A_message_of_another_type_is_refused_and_the_names_are_told([Values] bool derived)
    {
        ChatEvent message = derived ? new Shouted("Ann", "HEY") : new Left("Ann");
        await using var server = new TestServer();
        var (client, events) = await HeldStream.Map(server).OpenAsync(server);

        Assert.That(
            () => events.WriteAsync(message, _chat).AsTask(),
            Throws.ArgumentException.With.Message.Contains(message.GetType().Name).And.Message.Contains("said").And.Message.Contains("joined"));
        Assert.That(() => events.WriteAsync((ChatEvent)null!, _chat).AsTask(), Throws.ArgumentNullException);

        await events.WriteAsync("after");
        var after = OnTheWire.Chunk("data: after\n\n");
        Assert.That(await client.ReadTextAsync(after.Length), Is.EqualTo(after), "nothing of it was sent");
    }

    [Test]
    public async Task In_a_sequence_a_message_of_another_type_is_the_fault_of_the_handler()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Events(new ChatEvent[] { new Left("Ann") }.ToAsyncEnumerable(), _chat));

        Assert.That((await server.GetAsync("/")).Status, Is.EqualTo(500));
        Assert.That(server.Log.Lines.Single(line => line.Exception is not null).Exception, Is.InstanceOf<ArgumentException>().With.Message.Contains("said"));
    }

    [Test]
    public void The_names_are_known() => Assert.That(_chat.Names, Is.EquivalentTo(new[] { "said", "joined" }));

    [Test]
    public void A_name_or_a_type_that_is_there_already_is_refused()
    {
        Assert.That(() => _chat.Add("said", EventsJson.Default.Left), Throws.ArgumentException.With.Message.Contains("said"));
        Assert.That(() => _chat.Add("spoke", EventsJson.Default.Said), Throws.ArgumentException.With.Message.Contains("Said"));
        Assert.That(_chat.Names, Is.EquivalentTo(new[] { "said", "joined" }), "what was refused is not there");
    }

    [Test]
    public void A_name_that_would_break_the_event_is_refused([ValueSource(nameof(BadNames))] string name) =>
        Assert.That(() => new EventTypes<ChatEvent>().Add(name, EventsJson.Default.Left), Throws.ArgumentException);

    [Test]
    public void A_name_and_a_type_have_to_be_there()
    {
        Assert.That(() => new EventTypes<ChatEvent>().Add("", EventsJson.Default.Left), Throws.ArgumentException);
        Assert.That(() => new EventTypes<ChatEvent>().Add(null!, EventsJson.Default.Left), Throws.ArgumentNullException);
        Assert.That(() => new EventTypes<ChatEvent>().Add<Left>("left", null!), Throws.ArgumentNullException);
    }
}
