using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Files;

/// <summary>No request-target reaches a file outside the folder, or one that is hidden, and none is too strange to be refused.</summary>
public sealed class TraversalTests
{
    private SiteFolder _site = null!;
    private TestServer _server = null!;

    [OneTimeSetUp]
    public void CreateServer()
    {
        _site = new SiteFolder();
        string[] hidden = ["../secret.txt", "../site-evil/secret.txt", ".git/config", ".env", "sub/.hidden", "sub/.htaccess/index.html"];
        foreach (var path in hidden) _site.Write(path, SiteFolder.Secret);
        foreach (var path in new[] { "index.html", "sub/page.html", "sub/index.html" }) _site.Write(path, "public");
        _site.Link("file-link", "../secret.txt");
        _site.Link("file-link.txt", _site["../secret.txt"]);
        _site.Link("folder-link", "..");
        _site.Link("evil-link", "../site-evil");
        _site.Link("sub/up", "../..");
        _site.Link("root-link", "/");
        _site.Link("chain", "sub/up/secret.txt");
        _site.Link("chain2", "folder-link/site-evil");
        _site.Link("out-and-in", "../site/../secret.txt");
        _site.Link("loop", "loop");
        _site.Link("loop-a", "loop-b");
        _site.Link("loop-b", "loop-a/x");
        _site.Link("dangling", "../nothing");
        _site.Link("precompressed.txt.br", "../secret.txt");
        _site.Write("precompressed.txt", "public");
        Directory.CreateDirectory(_site["linked-index"]);
        _site.Link("linked-index/index.html", "../../secret.txt");
        _server = new TestServer();
        _server.Http.MapFiles("/{*path}", _site.Root, new StaticFileOptions { Precompressed = true, DirectoryListing = true });
        _server.Http.MapFiles("/static/{*path}", _site.Root);
        _server.Http.MapFiles("/deep/{any}/{*path}", _site.Root);
    }

    [OneTimeTearDown]
    public async Task CloseServer()
    {
        await _server.DisposeAsync();
        _site.Dispose();
    }

    /// <summary>What the cases below ask for is there to be found by a server that only joins paths.</summary>
    [TestCase("../secret.txt")]
    [TestCase("../site-evil/secret.txt")]
    [TestCase(".git/config")]
    [TestCase("file-link")]
    [TestCase("file-link.txt")]
    [TestCase("folder-link/secret.txt")]
    [TestCase("sub/up/secret.txt")]
    [TestCase("evil-link/secret.txt")]
    [TestCase("chain")]
    [TestCase("chain2/secret.txt")]
    [TestCase("out-and-in")]
    [TestCase("linked-index/index.html")]
    [TestCase("precompressed.txt.br")]
    [TestCase("root-link/etc/passwd", "root:")]
    public void The_secrets_are_there(string path, string expected = SiteFolder.Secret) => Assert.That(File.ReadAllText(_site[path]), Does.Contain(expected));

    private static readonly string[] Targets =
    [
        // Up, plainly.
        "/../secret.txt", "/../../secret.txt", "/../../../../../../../../etc/passwd", "/sub/../../secret.txt", "/sub/../../../secret.txt", "/./../secret.txt", "/..", "/../",
        "/../site-evil/secret.txt",
        "/../site/../secret.txt", "/sub/..", "/sub/../index.html", "/.", "/./", "/./index.html", "/sub/./page.html",
        // Up, encoded.
        "/%2e%2e/secret.txt", "/%2E%2E/secret.txt", "/.%2e/secret.txt", "/%2e./secret.txt", "/%2e%2e%2fsecret.txt", "/..%2fsecret.txt", "/..%2Fsecret.txt",
        "/sub%2f..%2f..%2fsecret.txt", "/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/sub/%2e%2e/%2e%2e/secret.txt", "/%2e/index.html", "/sub%2fpage.html", "/%2fetc%2fpasswd", "/%2f",
        // Encoded twice, or more.
        "/%252e%252e/secret.txt", "/%252e%252e%252fsecret.txt", "/..%252fsecret.txt", "/%25252e%25252e/secret.txt", "/%%32%65%%32%65/secret.txt",
        // Backslashes, drives, streams, shares.
        "/..\\secret.txt", "/..%5csecret.txt", "/..%5Csecret.txt", "/%5c..%5csecret.txt", "/sub%5c..%5c..%5csecret.txt", "/..%255csecret.txt", "/C:/secret.txt",
        "/c%3a/secret.txt", "/C:%5csecret.txt",
        "/index.html::$DATA", "/index.html%3a%3a$DATA", "/%5c%5chost%5cshare", "/file:///etc/passwd",
        // Absolute.
        "//etc/passwd", "///etc/passwd", "/sub//page.html", "//", "/sub//", "//index.html", "/%2f/etc/passwd", "http://test//etc/passwd", "http://test/../secret.txt",
        "file:///etc/passwd", "../secret.txt",
        "etc/passwd", "..",
        // NUL and other control characters.
        "/index.html%00", "/index.html%00.png", "/../secret.txt%00.html", "/%00", "/index.html%0a", "/index.html%0d%0a", "/%7f", "/sub%09page.html", "/index.html\0",
        // UTF-8 that is none: overlong, cut off, surrogates.
        "/%c0%ae%c0%ae/secret.txt", "/%e0%80%ae%e0%80%ae/secret.txt", "/..%c0%afsecret.txt", "/..%c1%9csecret.txt", "/..%e0%80%afsecret.txt", "/..%f0%80%80%afsecret.txt",
        "/%c0%2e%c0%2e/secret.txt",
        "/%ff", "/%80", "/%ed%a0%80", "/index.html%c3", "/%uff0e%uff0e/secret.txt", "/%u002e%u002e/secret.txt",
        // Other characters that look alike: names like any other, which nothing has.
        "/%ef%bc%8e%ef%bc%8e/secret.txt", "/..%ef%bc%8fsecret.txt", "/..%e2%88%95secret.txt", "/%e2%80%a5/secret.txt", "/%ef%bf%bd", "/..;/secret.txt", "/..;x=y/secret.txt",
        "/;/../secret.txt",
        // Dots and spaces that some systems drop.
        "/index.html.", "/index.html...", "/index.html%20", "/index.html%20.", "/.../secret.txt", "/..../secret.txt", "/.. /secret.txt", "/..%20/secret.txt", "/sub./page.html",
        "/sub%20/page.html", "/...%2f", "/index.html/.", "/index.html/",
        "/index.html/..", "/index.html/x",
        // Hidden.
        "/.git/config", "/.git", "/.git/", "/%2egit/config", "/.env", "/%2eenv", "/sub/.hidden", "/sub/.htaccess/", "/sub/.htaccess", "/.%67it/config", "/.GIT/config",
        "/.git%2fconfig", "/.git/../.env",
        // Symbolic links that lead out, in circles, or nowhere.
        "/file-link", "/file-link.txt", "/folder-link", "/folder-link/", "/folder-link/secret.txt", "/folder-link/site-evil/secret.txt", "/evil-link/secret.txt", "/evil-link/",
        "/sub/up/secret.txt", "/sub/up/", "/root-link/",
        "/root-link/etc/passwd", "/chain", "/chain2/secret.txt", "/out-and-in", "/loop", "/loop/", "/loop/x", "/loop-a", "/loop-a/x", "/dangling", "/linked-index/index.html",
        "/precompressed.txt.br",
        // Names that are too long.
        "/" + new string('a', 256), "/" + new string('a', 5000), "/" + string.Join('/', Enumerable.Repeat("sub", 1500)),
        "/" + string.Concat(Enumerable.Repeat("%2e%2e%2f", 500)) + "etc/passwd",
    ];

    [TestCaseSource(nameof(Targets))]
    public async Task Nothing_outside_is_reached(string target)
    {
        foreach (var mount in new[] { "", "/static", "/deep/x", "/deep/.." })
        {
            var whole = target.StartsWith('/') ? mount + target : target;
            var client = _server.Connect();
            await client.AskAsync(whole, fields: "Connection: close\r\n");
            var received = await client.ReadToEndAsync();

            Assert.That(received, Does.Not.Contain(SiteFolder.Secret).And.Not.Contain("root:").And.Not.Contain("public"), whole);
            Assert.That(received, Does.Match("^HTTP/1.1 (400|404|505) "), whole);
        }
        _server.Log.AssertQuiet();
    }

    [Test]
    public void There_are_many_of_them() => Assert.That(Targets.Distinct().Count(), Is.EqualTo(Targets.Length).And.GreaterThanOrEqualTo(60));

    [TestCase("/linked-index/")]
    [TestCase("/static/linked-index/")]
    public async Task An_index_that_leads_out_is_as_if_it_were_not_there(string target) =>
        Assert.That((await _server.GetAsync(target)).Text, Does.Not.Contain(SiteFolder.Secret));

    [Test]
    public async Task A_precompressed_sibling_that_leads_out_is_as_if_it_were_not_there()
    {
        var reply = await _server.GetAsync("/precompressed.txt", "Accept-Encoding: br\r\n");

        Assert.That((reply.Status, reply.Text, reply["Content-Encoding"]), Is.EqualTo((200, "public", (string?)null)));
    }
}
