using System.Text;
using NUnit.Framework;
using RawStream.Load.Wire;

namespace RawStream.Tests.Bench;

/// <summary>What the load client counts, and what it refuses.</summary>
public sealed class ResponseReaderTests
{
    private const string Chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private const string TenBytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789";

    [TestCase(Chunked + "5\r\nhello\r\n0\r\n\r\n", 1, 1, 5)]
    [TestCase(Chunked + "8\r\n01234567\r\n8\r\n01234567\r\n8\r\n\r\n\r\n\r\n\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 1, 4, 27)]
    [TestCase(Chunked + "00A;name=value\r\n0123456789\r\n000\r\nField: value\r\n\r\n", 1, 1, 10)]
    [TestCase(Chunked + "1\r\na\r\n1\r\nb\r\n", 0, 2, 2)]
    [TestCase(Chunked + "0\r\n\r\n" + Chunked + "2\r\nab\r\n0\r\n\r\n", 2, 1, 2)]
    [TestCase(TenBytes + TenBytes, 2, 2, 20)]
    [TestCase("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n" + TenBytes, 2, 2, 10)]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1, 1, 0)]
    public void Counts_at_any_cut(string wire, int responses, int frames, int bytes)
    {
        var input = Encoding.ASCII.GetBytes(wire);
        for (var piece = 1; piece <= input.Length; piece++)
        {
            var reader = new ResponseReader();
            foreach (var part in input.Chunk(piece)) reader.Read(part);
            Assert.That((reader.Responses, reader.Frames, reader.Bytes), Is.EqualTo(((long)responses, (long)frames, (long)bytes)), $"pieces of {piece}");
        }
    }

    [TestCase("5 \r\nhello\r\n")]
    [TestCase("5\nhello\r\n")]
    [TestCase("5\r\nhello!\r\n")]
    [TestCase("5\r\nhello\n")]
    [TestCase("5\r\nhello\rX")]
    [TestCase("\r\nhello\r\n")]
    [TestCase("0x5\r\nhello\r\n")]
    [TestCase("5g\r\nhello\r\n")]
    [TestCase("-5\r\nhello\r\n")]
    [TestCase("123456789\r\n")]
    [TestCase("5;name\nhello\r\n")]
    [TestCase("8\r\n01234567\r\n8\r\n01234567\r\r")]
    [TestCase("8\r\n01234567\r\n8\r\n012345678\r\n")]
    [TestCase("0\r\nField: value\n\r\n")]
    [TestCase("0\r\n\r\nHTTP/1.1 200 OK\nContent-Length: 1\r\n\r\n")]
    public void Refuses_wrong_framing_at_any_cut(string body)
    {
        var input = Encoding.ASCII.GetBytes(Chunked + body);
        for (var piece = 1; piece <= input.Length; piece++)
        {
            var (size, reader) = (piece, new ResponseReader());
            Assert.That(() => Array.ForEach(input.Chunk(size).ToArray(), part => reader.Read(part)), Throws.InstanceOf<InvalidDataException>());
        }
    }

    [TestCase("HTTP/2 200 OK\r\n\r\n")]
    [TestCase("HTTP/1.1 20 OK\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length : 10\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")]
    public void Refuses_a_wrong_head(string head) =>
        Assert.That(() => new ResponseReader().Read(Encoding.ASCII.GetBytes(head)), Throws.InstanceOf<InvalidDataException>());

    [Test]
    public void A_body_without_a_length_ends_with_the_connection()
    {
        var reader = new ResponseReader();

        reader.Read("HTTP/1.1 200 OK\r\n\r\nuntil it closes"u8);

        Assert.That(reader.EndsWithConnection);
        reader.EndBody();
        Assert.That((reader.Responses, reader.Bytes, reader.AtStart), Is.EqualTo((1L, 15L, true)));
    }
}
