using System.Reflection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Diagnostics;

namespace RawStream.Tests.Diagnostics;

/// <summary>The ledger of log lines: whoever looks for an id finds one line, of the kind that the id says.</summary>
public sealed class LogTests
{
    private static readonly IReadOnlyList<(MethodInfo Method, LoggerMessageAttribute Line)> Ledger =
    [
        .. from method in typeof(Log).GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
           let line = method.GetCustomAttribute<LoggerMessageAttribute>()
           where line is not null
           select (method, line),
    ];

    [Test]
    public void Every_public_method_is_a_line() =>
        Assert.That(Ledger.Select(one => one.Method), Is.EquivalentTo(typeof(Log).GetMethods(BindingFlags.Static | BindingFlags.Public)).And.Not.Empty);

    [Test]
    public void Ids_are_unique() => Assert.That(Ledger.Select(one => one.Line.EventId), Is.Unique);

    [Test]
    public void Messages_are_unique_and_not_empty() =>
        Assert.That(Ledger.Select(one => one.Line.Message), Is.Unique.And.All.Not.Empty);

    /// <summary>1 to 9 the server, 10 to 19 accepting, 20 to 29 connections, 30 to 39 handlers.</summary>
    [Test]
    public void Ids_are_in_the_range_of_what_they_tell_of()
    {
        foreach (var (method, line) in Ledger)
        {
            var parameters = method.GetParameters().Select(parameter => parameter.Name).ToList();
            var (least, most) =
                parameters.Contains("target") ? (30, 39)
                : parameters.Contains("id") ? (20, 29)
                : (1, 19);
            Assert.That(line.EventId, Is.InRange(least, most), method.Name);
            Assert.That(line.EventId >= 10, Is.EqualTo(IsOfAPeer(method)), method.Name);
        }
    }

    [Test]
    public void Errors_carry_their_exception_and_nothing_less_does()
    {
        foreach (var (method, line) in Ledger)
            if (method.GetParameters().Any(parameter => parameter.ParameterType == typeof(Exception)))
                Assert.That(line.Level, Is.EqualTo(LogLevel.Error), method.Name);
    }

    private static bool IsOfAPeer(MethodInfo method) =>
        method.Name is not (nameof(Log.Listening) or nameof(Log.Stopped) or nameof(Log.StoppedByForce) or nameof(Log.CertificateReloaded) or nameof(Log.CertificateNotReloaded));
}
