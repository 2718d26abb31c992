using NUnit.Framework;

namespace RawStream.Tests.Wire;

/// <summary>The reader of the wire cases is believed, and so it is tested too.</summary>
[TestFixture]
public sealed class WireMarkdownTests
{
    [TestCase("GET / HTTP/1.1␍␊", "GET / HTTP/1.1\r\n")]
    [TestCase("a␀b␉c␋d", "a\0b\tc\vd")]
    [TestCase(@"\x00\xff\x41\\", "\0ÿA\\")]
    [TestCase("«3×ab»c", "abababc")]
    [TestCase("«2×a«2×␍␊»»", "a\r\n\r\na\r\n\r\n")]
    [TestCase("a\nb", "ab")]
    public void Text_is_decoded(string text, string bytes)
    {
        var decoded = WireNotation.Decode(WireNotation.Expand(text));
        Assert.That(decoded, Is.EqualTo(bytes.Select(value => (byte)value)));
    }

    [Test]
    public void Bytes_are_shown_as_they_are_written()
    {
        var bytes = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();
        Assert.That(WireNotation.Decode(WireNotation.Show(bytes)), Is.EqualTo(bytes));
        Assert.That(WireNotation.Show(new byte[300]), Is.EqualTo("«300×␀»"));
    }

    [TestCase("```request\nGET é\n```", "tests/wire/x.md:3")]
    [TestCase("```request\nGET␍␊\n\\q\n```\n```response\n(closed)\n```", "tests/wire/x.md:4")]
    [TestCase("```request\nGET \n```\n```response\n(closed)\n```", "tests/wire/x.md:3")]
    [TestCase("```request\n«3xa»\n```\n```response\n(closed)\n```", "tests/wire/x.md:3")]
    [TestCase("```request\n(sleep)\n```\n```response\n(closed)\n```", "tests/wire/x.md:3")]
    [TestCase("```request\nGET", "tests/wire/x.md:2")]
    [TestCase("```response\n(closed)\n```", "tests/wire/x.md:3")]
    [TestCase("```request\nGET\n```\n```response\nHTTP/1.1 200 OK␍␊\n␍␊\n```", "tests/wire/x.md:7")]
    [TestCase("```request\nGET\n```\n```response\nHTTP/1.1 200 OK\n␍␊\n(open)\n```", "tests/wire/x.md:6")]
    [TestCase("```request\nGET\n```\n## Next", "tests/wire/x.md:5")]
    [TestCase("```requests\nGET\n```", "tests/wire/x.md:2")]
    [TestCase("```request\n…\n```\n```response\n(closed)\n```", "tests/wire/x.md:3")]
    [TestCase("```request\na\n```\n```each\nb\n```", "tests/wire/x.md:6")]
    [TestCase("```request\n…\n```\n```each\na\né\n```\n```response\n(closed)\n```", "tests/wire/x.md:7")]
    [TestCase("## Heading", "tests/wire/x.md:2")]
    public void A_mistake_is_found_at_its_line(string text, string source)
    {
        var lines = $"## Heading\n{text}".Split('\n');
        Assert.That(
            () => WireMarkdown.Read("x.md", lines),
            Throws.TypeOf<FormatException>().With.Message.StartsWith(source + ":"));
    }

    [Test]
    public void Each_request_of_a_heading_is_a_case()
    {
        var text = "## Two\n```request\na␍␊\n(wait)\nb\n(half-close)\n```\n```request whole\nc\n```\n"
            + "```response\nHTTP/1.1 200 OK␍␊\n...\n␍␊\nok...\n(closed)\n```";
        var cases = WireMarkdown.Read("x.md", text.Split('\n'));
        Assert.That(cases.Select(wire => wire.Name), Is.EqualTo(new[] { "x: Two 1", "x: Two 2" }));
        Assert.That(cases[0].Steps, Has.Count.EqualTo(4));
        Assert.That(cases[1].WholeOnly, Is.True);
        Assert.That(cases[0].Responses[0].MoreFields, Is.True);
        Assert.That(cases[0].End, Is.EqualTo(WireEnd.Closed));
    }

    [Test]
    public void Each_line_fills_the_gap()
    {
        var text = "## Host\n```request\nHost: …␍␊\n```\n```each\na\nb\n```\n```response\n(closed)\n```";
        var cases = WireMarkdown.Read("x.md", text.Split('\n'));
        Assert.That(cases.Select(wire => wire.Source), Is.EqualTo(new[] { "tests/wire/x.md:6", "tests/wire/x.md:7" }));
        Assert.That(((WireStep.Send)cases[1].Steps[0]).Bytes.ToArray(), Is.EqualTo("Host: b\r\n"u8.ToArray()));
    }
}
