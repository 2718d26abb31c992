using System.Text;
using NUnit.Framework;
using RawStream.Coding;

namespace RawStream.Tests.Coding;

/// <summary>The checksum of gzip.</summary>
public sealed class Crc32Tests
{
    [TestCase("", 0u)]
    [TestCase("a", 0xE8B7BE43u)]
    [TestCase("123456789", 0xCBF43926u)]
    public void It_is_the_known_one(string text, uint crc) => Assert.That(Crc32.Of(Encoding.ASCII.GetBytes(text)), Is.EqualTo(crc));

    [Test]
    public void Checksums_can_be_put_together([Values(0, 1, 7, 255, 256, 65_537)] int length)
    {
        var bytes = new byte[100 + length];
        new Random(length).NextBytes(bytes);

        Assert.That(Crc32.Shift(Crc32.Of(bytes.AsSpan(0, 100)), length) ^ Crc32.Of(bytes.AsSpan(100)), Is.EqualTo(Crc32.Of(bytes)));
    }

    [Test]
    public void Lengths_beyond_4_GiB_are_lengths_too()
    {
        var (crc, length) = (0x12345678u, 0L);
        var shifted = crc;
        for (var i = 0; i < 40; i++)
        {
            shifted = Crc32.Shift(shifted, 1L << i);
            length += 1L << i;
        }

        Assert.That(Crc32.Shift(crc, length), Is.EqualTo(shifted));
    }
}
