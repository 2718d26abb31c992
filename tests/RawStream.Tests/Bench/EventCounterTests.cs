using System.Text;
using NUnit.Framework;
using RawStream.Load.Wire;

namespace RawStream.Tests.Bench;

/// <summary>Which events the load client sees, and which of them have a chunk of their own.</summary>
public sealed class EventCounterTests
{
    [TestCase(new[] { "data: a\n\n", "id: 1\ndata: b\n\n" }, 2, 2)]
    [TestCase(new[] { ": a comment\n\n", "data: a\n\n", ":\n\n" }, 1, 1)]
    [TestCase(new[] { "data: a\n\ndata: b\n\n" }, 2, 0)]
    [TestCase(new[] { "data: a\n", "\ndata: b", "\n\n" }, 2, 0)]
    [TestCase(new[] { ": a comment\n\ndata: a\n\n" }, 1, 1)]
    [TestCase(new[] { "data: a\n\ndata: b", "\n\n", "data: c\n\n" }, 3, 1)]
    public void Counts_at_any_cut(string[] chunks, int events, int ownChunks)
    {
        var body = string.Concat(chunks.Select(chunk => $"{chunk.Length:x}\r\n{chunk}\r\n"));
        var input = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        for (var piece = 1; piece <= input.Length; piece++)
        {
            var reader = new ResponseReader(hasEvents: true);
            foreach (var part in input.Chunk(piece)) reader.Read(part);
            Assert.That((reader.Events, reader.OwnChunks), Is.EqualTo((events, ownChunks)), $"pieces of {piece}");
        }
    }
}
