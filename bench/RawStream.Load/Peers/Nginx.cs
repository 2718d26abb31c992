using System.Net;
using System.Net.Sockets;

namespace RawStream.Load.Peers;

/// <summary>nginx can answer a request by itself; a stream it would have to get from elsewhere.</summary>
internal static class Nginx
{
    /// <exception cref="PeerMissingException">It is not installed.</exception>
    public static Launch Prepare()
    {
        var program = Installed.Find("nginx", "apt-get install nginx-light");
        var port = FreePort();
        var folder = Directory.CreateDirectory(Repository.Path("bench/peers/built/nginx")).FullName;
        var configuration = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(configuration, Configuration(folder, port));
        return new Launch(program, "-e", "stderr", "-p", folder, "-c", configuration) { Port = port };
    }

    /// <summary>A port that is free now, for servers that cannot be asked for any.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    // One process, as all peers have it: the core is one as well.
    private static string Configuration(string folder, int port) => $$"""
        daemon off;
        master_process off;
        pid {{folder}}/nginx.pid;
        error_log stderr crit;
        events { worker_connections 4096; multi_accept on; }
        http {
            access_log off;
            keepalive_requests 1000000000;
            client_body_temp_path {{folder}};
            proxy_temp_path {{folder}};
            fastcgi_temp_path {{folder}};
            uwsgi_temp_path {{folder}};
            scgi_temp_path {{folder}};
            server {
                listen 127.0.0.1:{{port}} backlog=4096;
                location = /plaintext { default_type text/plain; return 200 "Hello, World!"; }
            }
        }

        """;
}
