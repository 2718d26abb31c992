using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework;
using RawStream.Tests.Docs;

namespace RawStream.Tests.Security;

/// <summary>SECURITY.md names tests that exist.</summary>
public sealed partial class SecurityPageTests
{
    private static readonly string Page = File.ReadAllText(Repository.Path("SECURITY.md"));
    private static readonly Type[] Classes = Assembly.GetExecutingAssembly().GetTypes();

    [Test]
    public void Each_test_class_that_it_names_exists() => Assert.That(
        TestClass().Matches(Page).Select(match => match.Value).Distinct().Where(name => !Array.Exists(Classes, type => type.Name == name)),
        Is.Empty);

    [Test]
    public void Each_test_that_it_names_exists() => Assert.That(
        Test().Matches(Page).Select(match => (Class: match.Groups[1].Value, Name: match.Groups[2].Value)).Where(test => !Exists(test.Class, test.Name)),
        Is.Empty);

    [Test]
    public void Each_CVE_in_the_table_has_a_test()
    {
        var rows = Page.Split('\n').Where(line => line.StartsWith("| CVE-", StringComparison.Ordinal)).ToArray();

        Assert.That(rows, Has.Length.GreaterThan(40));
        Assert.That(rows.Where(row => !Test().IsMatch(row.Split('|')[4])), Is.Empty, "rows without a test");
        Assert.That(rows.Select(row => row.Split('|')[1]), Is.Unique);
    }

    [Test]
    public void Each_test_of_a_known_flaw_is_in_the_table() => Assert.That(
        from type in new[] { typeof(SmugglingTests), typeof(InjectionTests) }
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        where !Page.Contains($"{type.Name}.{method.Name}", StringComparison.Ordinal)
        where method.Name is not "Transfer_Encoding_in_HTTP_1_0_is_refused" and not "Another_expectation_is_refused" // Nobody's CVE, but of the same kind.
        select method.Name,
        Is.Empty);

    private static bool Exists(string typeName, string name) => Array.Exists(Classes, type => type.Name == typeName && type.GetMethod(name) is not null);

    [GeneratedRegex(@"\b[A-Z]\w+Tests\b")]
    private static partial Regex TestClass();

    [GeneratedRegex(@"\b([A-Z]\w+Tests)\.(\w+)")]
    private static partial Regex Test();
}
