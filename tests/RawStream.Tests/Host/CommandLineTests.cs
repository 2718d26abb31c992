using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Host;

namespace RawStream.Tests.Host;

/// <summary>What the host's arguments mean.</summary>
public sealed class CommandLineTests
{
    [TestCase("")]
    [TestCase("serve")]
    public void Without_options_there_are_defaults(string arguments)
    {
        var line = Parse(arguments);

        Assert.That(line, Is.EqualTo(new CommandLine { Port = 8000, Host = "localhost", LogLevel = LogLevel.Warning }));
        Assert.That(line.Error, Is.Null);
    }

    [TestCase("--port 0", 0)]
    [TestCase("--port 65535", 65535)]
    [TestCase("--port=8080", 8080)]
    [TestCase("serve --port 8080", 8080)]
    [TestCase("--port 1 --port 2", 2)]
    public void Port(string arguments, int expected)
    {
        Assert.That(Parse(arguments).Port, Is.EqualTo(expected));
        Assert.That(Parse(arguments).Error, Is.Null);
    }

    [TestCase("--port")]
    [TestCase("--port=")]
    [TestCase("--port -1")]
    [TestCase("--port 65536")]
    [TestCase("--port +1")]
    [TestCase("--port 8o")]
    [TestCase("--port 1.5")]
    [TestCase("--port 99999999999")]
    [TestCase("--port --trace")]
    public void Port_that_is_none(string arguments) => AssertOneLine(Parse(arguments).Error, "--port");

    [TestCase("--host localhost", "localhost")]
    [TestCase("--host *", "*")]
    [TestCase("--host 127.0.0.1", "127.0.0.1")]
    [TestCase("--host ::1", "::1")]
    [TestCase("--host [::1]", "::1")]
    [TestCase("--host=0.0.0.0", "0.0.0.0")]
    public void Host(string arguments, string expected)
    {
        Assert.That(Parse(arguments).Host, Is.EqualTo(expected));
        Assert.That(Parse(arguments).Error, Is.Null);
    }

    [TestCase("--host")]
    [TestCase("--host example.org")]
    [TestCase("--host 300.1.1.1")]
    [TestCase("--host [::1]:80")]
    public void Host_that_is_none(string arguments) => AssertOneLine(Parse(arguments).Error, "--host");

    [Test]
    public void Certificate()
    {
        var line = Parse("--cert a.pem --key=b.pem");

        Assert.That((line.CertificateFile, line.KeyFile, line.UseDevelopmentCertificate), Is.EqualTo(("a.pem", "b.pem", false)));
        Assert.That(Parse("--dev-cert").UseDevelopmentCertificate);
        Assert.That(Parse("--dev-cert").Error, Is.Null);
    }

    [TestCase("--cert a.pem")]
    [TestCase("--cert")]
    [TestCase("--cert a.pem --key b.pem --dev-cert")]
    public void Certificate_that_is_none(string arguments) => AssertOneLine(Parse(arguments).Error, "--cert");

    [TestCase("--key b.pem")]
    [TestCase("--key=")]
    public void Key_that_is_none(string arguments) => AssertOneLine(Parse(arguments).Error, "--key");

    [TestCase("trace", LogLevel.Trace)]
    [TestCase("debug", LogLevel.Debug)]
    [TestCase("information", LogLevel.Information)]
    [TestCase("warning", LogLevel.Warning)]
    [TestCase("error", LogLevel.Error)]
    [TestCase("none", LogLevel.None)]
    public void Log_level(string name, LogLevel expected) => Assert.That(Parse($"--log-level {name}").LogLevel, Is.EqualTo(expected));

    [TestCase("--log-level")]
    [TestCase("--log-level loud")]
    [TestCase("--log-level 1")]
    public void Log_level_that_is_none(string arguments) => AssertOneLine(Parse(arguments).Error, "--log-level");

    [TestCase("--drain 1", 1)]
    [TestCase("--drain=3600", 3600)]
    public void Drain(string arguments, int seconds)
    {
        Assert.That(Parse(arguments).Drain, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
        Assert.That(Parse(arguments).Error, Is.Null);
    }

    [TestCase("--drain")]
    [TestCase("--drain 0")]
    [TestCase("--drain 3601")]
    [TestCase("--drain 1.5")]
    public void Drain_that_is_none(string arguments) => AssertOneLine(Parse(arguments).Error, "--drain");

    [Test]
    public void Flags_and_folder()
    {
        var line = Parse("serve --trace --static ./site");

        Assert.That(line.Trace);
        Assert.That(line.StaticFolder, Is.EqualTo("./site"));
        AssertOneLine(Parse("--trace=yes").Error, "--trace");
        AssertOneLine(Parse("--static").Error, "--static");
    }

    [Test]
    public void Help_and_version_win_over_what_follows()
    {
        Assert.That(Parse("--help --nonsense").ShowHelp);
        Assert.That(Parse("--version --nonsense").ShowVersion);
        Assert.That(Parse("--nonsense --help").Error, Is.Not.Null);
    }

    [TestCase("--nonsense", "--nonsense")]
    [TestCase("-p 80", "-p")]
    [TestCase("start", "start")]
    [TestCase("serve 8000", "8000")]
    [TestCase("serve serve", "serve")]
    public void What_is_not_known(string arguments, string named) => AssertOneLine(Parse(arguments).Error, named);

    [Test]
    public void Help_names_every_option()
    {
        foreach (var option in new[] { "--port", "--host", "--static", "--drain", "--trace", "--log-level", "--help", "--version" })
            Assert.That(CommandLine.Help, Does.Contain(option));
    }

    private static CommandLine Parse(string arguments) => CommandLine.Parse(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static void AssertOneLine(string? error, string names)
    {
        Assert.That(error, Is.Not.Null.And.Contains(names));
        Assert.That(error, Does.Not.Contain("\n"));
    }
}
