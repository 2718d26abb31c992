using System.Net.Sockets;
using BenchmarkDotNet.Running;
using RawStream.Bench.FanOut;
using RawStream.Bench.Peers;
using RawStream.Bench.Quick;

try
{
    return args switch
    {
        ["serve", var peer, var port, ..] => Serve(peer, int.Parse(port), untilEndOfInput: args.Contains("--until-eof")),
        ["quick", .. var options] => QuickBench.Run(QuickOptions.Parse(options)),
        ["fanout", .. var options] => FanOutBench.Run(FanOutOptions.Parse(options)),
        _ => Benchmark(args),
    };
}
catch (Exception e) when (e is ArgumentException or FormatException or InvalidDataException or IOException or SocketException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static int Benchmark(string[] args)
{
    BenchmarkSwitcher.FromAssembly(typeof(Peer).Assembly).Run(args);
    return 0;
}

// A server process of a bench lives as long as its parent holds its standard input open.
static int Serve(string name, int port, bool untilEndOfInput)
{
    var peer = Peer.StartAsync(name, port).GetAwaiter().GetResult();
    Console.WriteLine($"Listening on http://127.0.0.1:{peer.Port}");
    if (untilEndOfInput) Console.In.ReadToEnd();
    else Task.Delay(Timeout.Infinite).GetAwaiter().GetResult();
    return 0;
}
