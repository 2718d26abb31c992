using System.Buffers;
using RawStream.Fuzz.Engine;
using RawStream.Http1;

namespace RawStream.Fuzz.Targets;

/// <summary>The chunked coding, trailers included: the same wherever it is split, and what our encoder writes it reads.</summary>
internal sealed class ChunkedTarget : FuzzTarget
{
    private const int Most = 3000;

    private static readonly HttpLimits Limits = new() { ChunkSizeLineBytes = 40, HeaderBytes = 300, HeaderFields = 5 };

    public override string Name => "chunked";

    public override int Run(byte[] input)
    {
        var choices = ChoicesFor(input);
        var whole = Decode(input, input.Length, null);
        var pieces = Decode(input, input.Length, choices);
        Check(whole.Rejection == pieces.Rejection && whole.IsComplete == pieces.IsComplete && whole.Data.SequenceEqual(pieces.Data) && whole.Used == pieces.Used
            && whole.Trailers.SequenceEqual(pieces.Trailers),
            $"whole {whole.Rejection} {whole.Used} {whole.Data.Length}, in pieces {pieces.Rejection} {pieces.Used} {pieces.Data.Length}");
        Check(whole.Trailers.All(field => !TrailerFields.AreForbidden(System.Text.Encoding.Latin1.GetBytes(field.Key))), "no forbidden trailer is kept");

        var again = Decode(Encode(input, choices), int.MaxValue, choices);
        Check(again.IsComplete && again.Data.SequenceEqual(input), "what is encoded comes back");
        return System.HashCode.Combine(whole.Rejection, whole.IsComplete, whole.Trailers.Count, Math.Min(whole.Data.Length, 8), Math.Min(whole.Used, 24));
    }

    private sealed record Decoded(RejectionReason Rejection, bool IsComplete, byte[] Data, int Used, List<KeyValuePair<string, string>> Trailers);

    /// <summary>As a connection does it: what was not used is offered again, with more behind it.</summary>
    private static Decoded Decode(byte[] input, int max, Random? choices)
    {
        var decoder = new BodyDecoder(Limits);
        decoder.Begin(new MessageFraming(BodyLength.Chunked, -1));
        var data = new MemoryStream();
        var rejection = RejectionReason.None;
        var (used, offered) = (0, choices is null ? input.Length : 0);
        while (rejection == RejectionReason.None && !decoder.IsComplete)
        {
            if (choices is not null) offered = Math.Min(offered + choices.Next(1, 9), input.Length);
            var before = used;
            rejection = decoder.Read(input.AsSpan(used, offered - used), max == int.MaxValue ? max : Most, out var framing, out var count);
            if (rejection != RejectionReason.None) break;
            Check(framing >= 0 && count >= 0 && framing + count <= offered - used, "no more is used than was offered");
            data.Write(input.AsSpan(used + framing, count));
            used += framing + count;
            if (used == before && offered == input.Length) break;
        }
        return new Decoded(rejection, decoder.IsComplete, data.ToArray(), rejection == RejectionReason.None ? used : 0, decoder.IsComplete ? [.. decoder.Trailers] : []);
    }

    private static byte[] Encode(byte[] data, Random choices)
    {
        var encoded = new ArrayBufferWriter<byte>();
        Span<byte> line = stackalloc byte[ChunkedEncoder.LongestSizeLine];
        for (var at = 0; at < data.Length;)
        {
            var size = Math.Min(choices.Next(1, 200), data.Length - at);
            encoded.Write(line[..ChunkedEncoder.WriteSizeLine(line, size)]);
            encoded.Write(data.AsSpan(at, size));
            encoded.Write(ChunkedEncoder.EndOfChunk);
            at += size;
        }
        encoded.Write(ChunkedEncoder.LastChunk);
        encoded.Write("\r\n"u8);
        return encoded.WrittenSpan.ToArray();
    }
}
