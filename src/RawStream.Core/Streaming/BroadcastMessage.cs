namespace RawStream;

/// <summary>What is published.</summary>
/// <param name="Data">The value.</param>
/// <param name="Type">Its event type, or null for <c>message</c>.</param>
/// <param name="Key">What a newer message with the same key replaces, or null (<see cref="SlowConsumerPolicy.ConflateByKey"/>).</param>
/// <param name="Topic">The topic; the empty one is there without being asked for.</param>
public readonly record struct BroadcastMessage<T>(T Data, string? Type = null, string? Key = null, string Topic = "");

/// <summary>
/// What connects the broadcasts of several nodes. One node, or the broker itself, owns the log: it gives each message its sequence, under its epoch. A broadcast
/// that has a backplane publishes through it, and takes what comes back from <see cref="Broadcast{T}.Receive"/>; so all nodes have the same log, and a client
/// can resume at any of them.
/// </summary>
public interface IBackplane<T>
{
    /// <summary>Hands a message to the log's owner, which passes it on to all nodes, this one included. It completes when the owner has it.</summary>
    ValueTask PublishAsync(BroadcastMessage<T> message, CancellationToken cancellationToken);
}
