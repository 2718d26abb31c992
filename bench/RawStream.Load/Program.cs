using System.Net.Sockets;
using System.Runtime.InteropServices;
using RawStream.Load;
using RawStream.Load.Attacks;
using RawStream.Load.Churn;
using RawStream.Load.Compare;
using RawStream.Load.Peers;
using RawStream.Load.Run;
using RawStream.Load.Soak;
using RawStream.Load.Subject;

try
{
    return args switch
    {
        ["compare", .. var options] => OnLinux(() => CompareCommand.Run(CompareOptions.Parse(options))),
        ["run", .. var options] => OnLinux(() => RunCommand.Run(RunOptions.Parse(options))),
        ["soak", .. var options] => OnLinux(() => SoakCommand.Run(SoakOptions.Parse(options))),
        ["churn", .. var options] => OnLinux(() => ChurnCommand.Run(ChurnOptions.Parse(options))),
        ["attack", .. var options] => OnLinux(() => AttackCommand.Run(AttackOptions.Parse(options))),
        ["subject", .. var options] => SubjectServer.Run(SubjectOptions.Parse(options)),
        ["serve", var peer, var port] => Serve(peer, Arguments.Number("serve", port, least: 0), untilEndOfInput: false),
        ["serve", var peer, var port, "--until-eof"] => Serve(peer, Arguments.Number("serve", port, least: 0), untilEndOfInput: true),
        ["help" or "--help" or "-h"] or [] => Print(Help.Text),
        _ => throw new ArgumentException($"'{string.Join(' ', args)}' is no command; there are compare, run, soak, churn, attack, serve, subject and help"),
    };
}
catch (Exception e) when (e is ArgumentException or InvalidDataException or IOException or SocketException or UnauthorizedAccessException or PeerMissingException)
{
    Console.Error.WriteLine($"RawStream.Load: {e.Message}");
    return 1;
}

static int OnLinux(Func<int> command)
{
    if (!OperatingSystem.IsLinux()) throw new ArgumentException("this needs Linux: the client waits for its connections by epoll");
    using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Leave);
    using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Leave);
    return command();
}

static void Leave(PosixSignalContext signal)
{
    ServerProcess.KillAll();
    Environment.Exit(signal.Signal == PosixSignal.SIGINT ? 130 : 143);
}

// A server process of the comparison lives as long as its parent holds its standard input open.
static int Serve(string name, int port, bool untilEndOfInput)
{
    var peer = DotNetPeer.StartAsync(name, port).GetAwaiter().GetResult();
    Console.WriteLine($"Listening on http://127.0.0.1:{peer.Port}");
    if (untilEndOfInput) Console.In.ReadToEnd();
    else Task.Delay(Timeout.Infinite).GetAwaiter().GetResult();
    return 0;
}

static int Print(string text)
{
    Console.WriteLine(text);
    return 0;
}
