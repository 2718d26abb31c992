using NUnit.Framework;
using RawStream.Files;
using RawStream.Tests.Support;

namespace RawStream.Tests.Files;

/// <summary>Range requests, row by row (RFC 9110 §14). The file is "0123456789".</summary>
public sealed class RangeTests
{
    private SiteFolder _site = null!;
    private TestServer _server = null!;
    private Reply _whole = null!;

    [OneTimeSetUp]
    public async Task CreateServer()
    {
        _site = new SiteFolder();
        _site.Write("ten.txt", "0123456789");
        _site.Write("empty.txt", "");
        _server = new TestServer();
        _server.Http.MapFiles("/{*path}", _site.Root);
        _whole = await _server.GetAsync("/ten.txt");
    }

    [OneTimeTearDown]
    public async Task CloseServer()
    {
        await _server.DisposeAsync();
        _site.Dispose();
    }

    // §14.1.2: first and last, open, suffix; cut off at the end.
    [TestCase("bytes=0-4", "0-4")]
    [TestCase("bytes=0-0", "0-0")]
    [TestCase("bytes=9-9", "9-9")]
    [TestCase("bytes=0-9", "0-9")]
    [TestCase("bytes=5-", "5-9")]
    [TestCase("bytes=0-", "0-9")]
    [TestCase("bytes=-3", "7-9")]
    [TestCase("bytes=-10", "0-9")]
    [TestCase("bytes=-99", "0-9")]
    [TestCase("bytes=5-99", "5-9")]
    [TestCase("bytes=00000000000000000000000005-6", "5-6")]
    [TestCase("bytes=5-99999999999999999999999999", "5-9")]
    [TestCase("bytes=-99999999999999999999999999", "0-9")]
    [TestCase("BYTES=0-4", "0-4")]
    [TestCase("bytes=,0-4,", "0-4")]
    [TestCase("bytes= 0-4", "0-4")]
    // Several, of which one can be satisfied, or that touch or overlap: one (§15.3.7.2).
    [TestCase("bytes=0-1,10-", "0-1")]
    [TestCase("bytes=-0,0-1", "0-1")]
    [TestCase("bytes=0-1,2-3", "0-3")]
    [TestCase("bytes=2-3,0-1", "0-3")]
    [TestCase("bytes=0-5,2-3", "0-5")]
    [TestCase("bytes=0-1,1-2", "0-2")]
    [TestCase("bytes=0-1,4-5,1-4", "0-5")]
    [TestCase("bytes=0-,0-,0-,0-,0-", "0-9")]
    public async Task One_range_is_a_206_with_its_Content_Range(string range, string expected)
    {
        var reply = await AskAsync(range);

        Assert.That(reply.Status, Is.EqualTo(206));
        Assert.That(reply["Content-Range"], Is.EqualTo($"bytes {expected}/10"));
        Assert.That(reply.Text, Is.EqualTo(Digits(expected)));
        Assert.That(reply["Content-Type"], Is.EqualTo("text/plain; charset=utf-8"));
        foreach (var name in new[] { "ETag", "Last-Modified", "Accept-Ranges", "X-Content-Type-Options" }) Assert.That(reply[name], Is.EqualTo(_whole[name]).And.Not.Null);
    }

    // §14.1.1, §14.2: what is malformed, or has another unit, is ignored.
    [TestCase("bytes=4-2")]
    [TestCase("bytes=99-98")]
    [TestCase("bytes=0-1,4-2")]
    [TestCase("bytes=")]
    [TestCase("bytes=,")]
    [TestCase("bytes=-")]
    [TestCase("bytes=--1")]
    [TestCase("bytes=-1-")]
    [TestCase("bytes=1")]
    [TestCase("bytes=a-b")]
    [TestCase("bytes=0-1x")]
    [TestCase("bytes=0x0-0x1")]
    [TestCase("bytes=+0-1")]
    [TestCase("bytes=0 - 1")]
    [TestCase("bytes=0-1-2")]
    [TestCase("bytes=0-1;2-3")]
    [TestCase("bytes=0-1, bytes=2-3")]
    [TestCase("bytes 0-1")]
    [TestCase("bytes =0-1")]
    [TestCase("bytes")]
    [TestCase("items=0-1")]
    [TestCase("")]
    public async Task What_is_no_range_of_bytes_is_ignored(string range)
    {
        var reply = await AskAsync(range);

        Assert.That((reply.Status, reply.Text, reply["Content-Range"], reply["Accept-Ranges"]), Is.EqualTo((200, "0123456789", (string?)null, "bytes")));
    }

    // §15.5.17: nothing of it is there.
    [TestCase("bytes=10-")]
    [TestCase("bytes=10-20")]
    [TestCase("bytes=-0")]
    [TestCase("bytes=10-11,12-13,-0")]
    [TestCase("bytes=99999999999999999999999999-")]
    public async Task Ranges_behind_the_end_are_a_416_that_tells_the_length(string range)
    {
        var reply = await AskAsync(range);

        Assert.That((reply.Status, reply["Content-Range"]), Is.EqualTo((416, "bytes */10")));
        Assert.That(reply.Text, Does.StartWith("416 "));
        Assert.That(reply["Content-Type"], Is.EqualTo("text/plain; charset=utf-8"));
    }

    // §14.6, in the order of the request.
    [TestCase("bytes=0-1,4-5", "0-1", "4-5")]
    [TestCase("bytes=0-0,-1", "0-0", "9-9")]
    [TestCase("bytes=8-9,0-1", "8-9", "0-1")]
    [TestCase("bytes=0-1 , , 4-5", "0-1", "4-5")]
    [TestCase("bytes=0-1,20-,4-5,-0", "0-1", "4-5")]
    [TestCase("bytes=6-7,0-1,7-8,3-4,1-2", "6-8", "0-4")]
    [TestCase("bytes=0-0,2-2,4-4,6-6,8-8", "0-0", "2-2", "4-4", "6-6", "8-8")]
    public async Task Several_ranges_are_parts_of_one_206(string range, params string[] expected)
    {
        var reply = await AskAsync(range);

        Assert.That((reply.Status, reply["Content-Range"]), Is.EqualTo((206, (string?)null)), "only the parts have one");
        Assert.That(Parts(reply), Is.EqualTo(expected.Select(part => $"Content-Type: text/plain; charset=utf-8\r\nContent-Range: bytes {part}/10\r\n\r\n{Digits(part)}")));
    }

    [Test]
    public async Task Sixteen_ranges_are_served_and_more_are_ignored()
    {
        _site.Write("long.txt", new string('x', 100));
        var sixteen = string.Join(',', Enumerable.Range(0, 16).Select(i => $"{i * 2}-{i * 2}"));

        var most = await AskAsync($"bytes={sixteen}", "/long.txt");
        var tooMany = await AskAsync($"bytes={sixteen},98-98", "/long.txt");
        var same = await AskAsync("bytes=" + string.Join(',', Enumerable.Repeat("0-", 17)), "/long.txt");

        Assert.That(Parts(most), Has.Length.EqualTo(16));
        Assert.That((tooMany.Status, tooMany.Text.Length, same.Status), Is.EqualTo((200, 100, 200)));
    }

    /// <summary>Nothing has no part, and is not wrong either.</summary>
    [TestCase("bytes=0-")]
    [TestCase("bytes=-1")]
    [TestCase("bytes=0-0,5-5")]
    public async Task A_range_of_an_empty_file_is_ignored(string range)
    {
        var reply = await AskAsync(range, "/empty.txt");

        Assert.That((reply.Status, reply["Content-Length"]), Is.EqualTo((200, "0")));
    }

    [Test]
    public async Task Ranges_larger_than_any_buffer_arrive_byte_for_byte()
    {
        var random = new Random(7);
        var text = string.Create(500_000, random, (span, r) => { for (var i = 0; i < span.Length; i++) span[i] = (char)r.Next(32, 127); });
        _site.Write("large.bin", text);

        var one = await AskAsync("bytes=50001-450000", "/large.bin");
        var two = await AskAsync("bytes=1-200000,300000-499998", "/large.bin");

        Assert.That(one.Text, Is.EqualTo(text[50001..450001]));
        Assert.That(Parts(two).Select(part => part[(part.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]), Is.EqualTo(new[] { text[1..200001], text[300000..499999] }));
    }

    /// <summary>Whatever is asked for: exactly those bytes, each once.</summary>
    [Test]
    public void Ranges_are_the_bytes_that_they_name_and_never_touch([Values(1, 7, 100)] int length)
    {
        var random = new Random(length);
        for (var round = 0; round < 2000; round++)
        {
            var wanted = new SortedSet<long>();
            var specs = new List<string>();
            for (var i = random.Next(1, ByteRange.RangesMax + 1); i > 0; i--)
            {
                var (first, last) = (random.Next(0, length + 3), 0L);
                switch (random.Next(3))
                {
                    case 0: specs.Add($"{first}-"); last = length - 1; break;
                    case 1: last = first + random.Next(0, 9); specs.Add($"{first}-{last}"); break;
                    default: specs.Add($"-{first}"); (first, last) = (Math.Max(length - first, 0), length - 1); break;
                }
                for (long at = first; at <= Math.Min(last, length - 1); at++) wanted.Add(at);
            }

            var ranges = ByteRange.Parse("bytes=" + string.Join(',', specs), length)!;

            var sent = ranges.SelectMany(range => Enumerable.Range((int)range.First, (int)range.Length).Select(at => (long)at)).Order().ToList();
            Assert.That(sent, Is.EqualTo(wanted), string.Join(',', specs));
            var sorted = ranges.OrderBy(range => range.First).ToList();
            Assert.That(sorted.Zip(sorted.Skip(1)).All(pair => pair.First.Last + 1 < pair.Second.First), string.Join(',', specs));
        }
    }

    [Test]
    public async Task Range_is_for_GET_alone()
    {
        var client = _server.Connect();
        await client.AskAsync("/ten.txt", "HEAD", "Range: bytes=0-1\r\n");

        var reply = await client.ReadReplyAsync(isHead: true);

        Assert.That((reply.Status, reply["Content-Length"], reply["Accept-Ranges"]), Is.EqualTo((200, "10", "bytes")));
    }

    private Task<Reply> AskAsync(string range, string target = "/ten.txt") => _server.GetAsync(target, $"Range: {range}\r\n");

    private static string Digits(string part) => "0123456789"[(part[0] - '0')..(part[2] - '0' + 1)];

    /// <summary>The parts between the boundaries (RFC 2046 §5.1.1); what stands around them is nothing.</summary>
    private static string[] Parts(Reply reply)
    {
        const string type = "multipart/byteranges; boundary=";
        Assert.That(reply["Content-Type"], Does.StartWith(type));
        var pieces = reply.Text.Split("\r\n--" + reply["Content-Type"]![type.Length..]);
        Assert.That((pieces[0], pieces[^1]), Is.EqualTo(("", "--\r\n")));
        Assert.That(pieces[1..^1], Has.All.StartsWith("\r\n"));
        return [.. pieces[1..^1].Select(piece => piece[2..])];
    }
}
