using RawStream.Load.Client;
using RawStream.Load.Subject;
using RawStream.Load.Trial;

namespace RawStream.Load.Churn;

/// <summary>Very many connections, opened, used and closed in good and bad ways; and then: is anything left of them?</summary>
internal static class ChurnCommand
{
    public static int Run(ChurnOptions options)
    {
        Processor.PinLoad();
        bool[] held = [.. options.Transports.Select(transport => Holds(options, transport))]; // Each is run, whatever became of the one before.
        return held.All(holds => holds) ? 0 : 1;
    }

    private static bool Holds(ChurnOptions options, HttpTransport transport)
    {
        using var subject = SubjectProcess.Start(SubjectOptions.Default with { Transport = transport });
        var run = new ChurnRun(subject.Site, options.Connections) { Progress = Console.Error.WriteLine };
        var result = run.RunAsync().GetAwaiter().GetResult();
        var name = transport.ToString().ToLowerInvariant();
        ChurnReport.Of(result, $"{TrialReport.Number(options.Connections)} connections, {name}").Publish(options.Out, $"churn-{name}");
        return result.Holds;
    }
}
