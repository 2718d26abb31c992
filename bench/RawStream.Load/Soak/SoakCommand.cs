using RawStream.Load.Client;
using RawStream.Load.Subject;
using RawStream.Load.Trial;

namespace RawStream.Load.Soak;

/// <summary>Everything at once, for as long as one likes; and then: was all of it right, and has the server kept anything?</summary>
internal static class SoakCommand
{
    public static int Run(SoakOptions options)
    {
        Processor.PinLoad();
        bool[] held = [.. options.Transports.Select(transport => Holds(options, transport))]; // Each is run, whatever became of the one before.
        return held.All(holds => holds) ? 0 : 1;
    }

    private static bool Holds(SoakOptions options, HttpTransport transport)
    {
        using var subject = SubjectProcess.Start(SubjectOptions.Default with { Transport = transport });
        var run = new SoakRun(subject.Site, options.Time) { Progress = Console.Error.WriteLine };
        var result = run.RunAsync().GetAwaiter().GetResult();
        var name = transport.ToString().ToLowerInvariant();
        SoakReport.Of(result, $"soak for {options.Time}, {name}").Publish(options.Out, $"soak-{name}");
        return result.Holds;
    }
}
