using System.Diagnostics;
using System.Globalization;
using RawStream.Fuzz.Engine;
using RawStream.Fuzz.Targets;

// Throws wrong bytes at everything that reads bytes of a peer:
//
//   dotnet run -c Release --project tests/RawStream.Fuzz -- --for 60s [--target NAME]… [--seed N] [--count N] [--findings FOLDER]
//
// --for is the time for each target. A finding is printed and written to a file, and the exit code is 1.

var targets = new List<FuzzTarget>();
var time = TimeSpan.FromSeconds(10);
var seed = Random.Shared.Next();
var count = long.MaxValue;
var folder = "fuzz-findings";
for (var i = 0; i < args.Length; i += 2)
{
    var value = i + 1 < args.Length ? args[i + 1] : "";
    switch (args[i])
    {
        case "--for":
            time = ReadTime(value);
            break;
        case "--target":
            targets.Add(AllTargets.Create().First(target => target.Name == value));
            break;
        case "--seed":
            seed = int.Parse(value, CultureInfo.InvariantCulture);
            break;
        case "--count":
            count = long.Parse(value, CultureInfo.InvariantCulture);
            break;
        case "--findings":
            folder = value;
            break;
        default:
            Console.Error.WriteLine("--for TIME --target NAME --seed N --count N --findings FOLDER. The targets:");
            Console.Error.WriteLine(string.Join(", ", AllTargets.Create().Select(target => target.Name)));
            return 2;
    }
}
if (targets.Count == 0) targets.AddRange(AllTargets.Create());

var findings = 0;
long total = 0;
var clock = Stopwatch.StartNew();
foreach (var target in targets)
{
    var fuzzer = new Fuzzer(target, seed);
    var finding = fuzzer.Run(time, count);
    total += fuzzer.Executions;
    var rate = fuzzer.Executions / Math.Max(fuzzer.Elapsed.TotalSeconds, 0.001);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{target.Name,-16} {fuzzer.Executions,12:N0} executions {rate,10:N0}/s {fuzzer.Outcomes,7:N0} outcomes  seed {seed}"));
    if (finding is null) continue;
    findings++;
    Directory.CreateDirectory(folder);
    var file = Path.Combine(folder, $"{target.Name}-{seed}.bin");
    File.WriteAllBytes(file, finding.Input);
    Console.WriteLine($"FOUND {file}\n{finding}");
}
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"all",-16} {total,12:N0} executions {total / clock.Elapsed.TotalSeconds,10:N0}/s, {findings} findings"));
return findings == 0 ? 0 : 1;

static TimeSpan ReadTime(string text)
{
    var number = double.Parse(text.TrimEnd('s', 'm', 'h'), CultureInfo.InvariantCulture);
    return text[^1] switch
    {
        'h' => TimeSpan.FromHours(number),
        'm' => TimeSpan.FromMinutes(number),
        _ => TimeSpan.FromSeconds(number),
    };
}
