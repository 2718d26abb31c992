using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

/// <summary>A backplane in memory: it owns the log, and passes each message on to all nodes.</summary>
internal sealed class Exchange(string epoch) : IBackplane<string>
{
    private readonly Lock _gate = new();
    private readonly List<Broadcast<string>> _nodes = [];

    public string Epoch { get; set; } = epoch;

    public long Sequence { get; set; }

    /// <summary>What was published, under its sequence.</summary>
    public Ledger Ledger { get; } = new();

    /// <summary>Which node hears of which message; all of all at first.</summary>
    public Func<Broadcast<string>, long, bool> Passes { get; set; } = (_, _) => true;

    public Broadcast<string> Join(BroadcastOptions? options = null)
    {
        var node = new Broadcast<string>(options, this);
        _nodes.Add(node);
        return node;
    }

    public async Task DeliveredAsync()
    {
        foreach (var node in _nodes) await node.DeliveredAsync().Within();
    }

    public ValueTask PublishAsync(BroadcastMessage<string> message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            Sequence++;
            Ledger.Add(Sequence, message.Data, message.Topic);
            foreach (var node in _nodes)
                if (Passes(node, Sequence)) node.Receive(Epoch, Sequence, message);
        }
        return default;
    }
}
