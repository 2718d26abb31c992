using RawStream.Load.Attacks;
using RawStream.Load.Measures;
using RawStream.Load.Peers;

namespace RawStream.Load;

/// <summary>What the command line can do.</summary>
internal static class Help
{
    public static string Text => $"""
        Puts load on streaming HTTP servers. It needs Linux.

        compare            RawStream and its peers side by side: each in its own process on core 0, the load on core 1
          --only a,b       some measures: {string.Join(", ", MeasureList.Names)}
          --peers a,b      some peers: {string.Join(", ", PeerList.Names)}; kestrel is all its forms
          --runs N         runs of each table (default 5; the long ones have three at most)
          --quick          one short run, fewer streams: to see that all works
          --syscalls       counts system calls for a chunk too, with strace
          --streams 1,1000 numbers of streams for tick-cost
          --out DIR        where the JSON, Markdown and SVG files go (default bench/results)

        run URL            load on any server; what comes, how fast, with what pauses
          --connections N  default 100
          --for 10s        500ms, 10s, 2m (default 10s)
          --json           the result as JSON

        soak               everything at once, every byte compared; what the server keeps of it
          --for 10m        how long (default 10m)
        churn              connections opened, used and closed in good and bad ways; what is left of them
          --connections N  default 1000000
        attack             what healthy clients notice of attacks, and how long the attackers last
          --only a,b       {string.Join(", ", AttackList.All.Select(attack => attack.Name))}
          --pairs N        windows, quiet and attacked in turn (default 5)
        All three:
          --transport T    sockets, epoll or both (default sockets)
          --out DIR        where the Markdown goes (default bench/results)

        subject            the server of these three by itself; it takes --transport and --connections
        serve PEER PORT    one of {string.Join(", ", DotNetPeer.Names)}; port 0 picks a free one

        A peer that is not installed is left out, with the command that gets it:
          {Installed.FromNpm}
          apt-get install nodejs golang-go nginx-light gcc
        """;
}
