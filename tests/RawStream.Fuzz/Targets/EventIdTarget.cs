using System.Text;
using RawStream.Fuzz.Engine;
using RawStream.Streaming;

namespace RawStream.Fuzz.Targets;

/// <summary>Last-Event-ID: any text resumes, or is told of a gap; none is an error.</summary>
internal sealed class EventIdTarget : FuzzTarget
{
    private readonly Broadcast<string> _broadcast;

    public EventIdTarget()
    {
        _broadcast = new Broadcast<string>();
        for (var i = 0; i < 20; i++) _broadcast.Publish($"event {i}");
    }

    public override string Name => "event-id";

    public override IReadOnlyList<byte[]> Tokens => Dictionary.Fields;

    public override int Run(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);
        var ours = _broadcast.LastEventId!;
        text = text.Replace("epoch", ours[..ours.LastIndexOf('-')], StringComparison.Ordinal);
        var isId = EventId.TryParse(text, out var epoch, out var sequence);
        if (isId) Check(sequence >= 0 && EventId.TryParse(EventId.Format(epoch.ToString(), sequence), out var again, out var number) && number == sequence
            && again.SequenceEqual(text.AsSpan(0, epoch.Length)), "an id that is written is read");
        _broadcast.Subscribe(text).End();
        return isId ? 1 + (sequence > 20 ? 1 : 0) + (epoch.Length > 8 ? 2 : 0) : 0;
    }
}
