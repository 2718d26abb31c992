using System.Text.Json.Serialization.Metadata;
using RawStream.Streaming;

namespace RawStream;

/// <summary>
/// Which message type is which event: made once, at start, where a mistake shows.
/// <code>
/// static readonly EventTypes&lt;ChatEvent&gt; Chat = new EventTypes&lt;ChatEvent&gt;()
///     .Add("said", Json.Default.Said)
///     .Add("joined", Json.Default.Joined);
/// </code>
/// </summary>
/// <typeparam name="T">What the messages have in common: a base class, an interface, or <see cref="object"/>.</typeparam>
public sealed class EventTypes<T>
{
    private readonly Dictionary<Type, (string Name, Action<T, PooledBuffer> Write)> _types = [];

    /// <summary>The events that there can be, in no order.</summary>
    public IReadOnlyCollection<string> Names => [.. _types.Values.Select(type => type.Name)];

    /// <summary>Has messages of exactly this type sent as events of that name.</summary>
    /// <param name="name">The event type that <c>addEventListener</c> gets to see; <c>message</c> is the default one.</param>
    /// <param name="type">How the message becomes JSON.</param>
    /// <exception cref="ArgumentException">The name is empty, holds a line break or NUL, or the name or the type is there already.</exception>
    public EventTypes<T> Add<TMessage>(string name, JsonTypeInfo<TMessage> type) where TMessage : T
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(type);
        EventStreamFormat.CheckField(name, nameof(name));
        if (_types.Values.Any(known => known.Name == name)) throw new ArgumentException($"There is an event '{name}' already.", nameof(name));
        if (!_types.TryAdd(typeof(TMessage), (name, (message, output) => JsonText.Write(output, (TMessage)message!, type))))
            throw new ArgumentException($"{typeof(TMessage).Name} is an event already.", nameof(type));
        return this;
    }

    internal EventEncoder<T> Encoder => new Encoding(this);

    private sealed class Encoding(EventTypes<T> types) : EventEncoder<T>
    {
        public override string? Encode(T value, PooledBuffer output)
        {
            ArgumentNullException.ThrowIfNull(value);
            if (!types._types.TryGetValue(value.GetType(), out var type))
                throw new ArgumentException($"{value.GetType().Name} is no event here. There are: {string.Join(", ", types.Names)}.", nameof(value));
            type.Write(value, output);
            return type.Name;
        }
    }
}
