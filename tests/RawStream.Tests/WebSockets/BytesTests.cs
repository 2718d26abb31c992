using System.Text;
using System.Text.Unicode;
using NUnit.Framework;
using RawStream.WebSockets;

namespace RawStream.Tests.WebSockets;

/// <summary>The two loops over bytes, held against the slow way to do the same.</summary>
public sealed class BytesTests
{
    [Test]
    public void Masking_is_the_same_at_every_length_and_from_every_position()
    {
        const uint mask = 0x3D21FA37; // 37 fa 21 3d on the wire.
        var key = new byte[] { 0x37, 0xFA, 0x21, 0x3D };
        for (var length = 0; length < 200; length++)
        {
            for (var position = 0; position < 8; position++)
            {
                var payload = Enumerable.Range(0, length).Select(i => (byte)(i * 31)).ToArray();
                var expected = payload.Select((b, i) => (byte)(b ^ key[(i + position) % 4])).ToArray();

                Masking.Apply(payload, mask, position);

                Assert.That(payload, Is.EqualTo(expected), $"{length} from {position}");
            }
        }
    }

    [Test]
    public void Text_is_UTF_8_however_it_is_cut([Values(1, 0)] int seed)
    {
        if (seed == 0) seed = Random.Shared.Next();
        var random = new Random(seed);
        string[] characters = ["a", "ü", "€", "😀", "\0"];
        for (var round = 0; round < 3000; round++)
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(random.GetItems(characters, random.Next(12))));
            if (bytes.Length > 0 && random.Next(2) == 0) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);

            var check = new Utf8Check();
            var isValid = true;
            for (var at = 0; at < bytes.Length && isValid;)
            {
                var count = Math.Min(1 + random.Next(5), bytes.Length - at);
                isValid = check.Accept(bytes.AsSpan(at, count));
                at += count;
                // At once: what has come can still become text.
                Assert.That(isValid, Is.EqualTo(CanBecomeText(bytes[..at])), $"seed {seed}: {Convert.ToHexString(bytes[..at])}");
            }

            Assert.That(isValid && check.IsComplete, Is.EqualTo(Utf8.IsValid(bytes)), $"seed {seed}: {Convert.ToHexString(bytes)}");
        }
    }

    private static bool CanBecomeText(byte[] bytes)
    {
        if (Utf8.IsValid(bytes)) return true;
        string[] ends = ["80", "9080", "A080", "8080", "908080", "808080"];
        return ends.Any(end => Utf8.IsValid([.. bytes, .. Convert.FromHexString(end)]));
    }
}
