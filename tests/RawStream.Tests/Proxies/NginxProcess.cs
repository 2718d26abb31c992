using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Proxies;

/// <summary>A real nginx on a free port, with its files in a folder of its own.</summary>
internal sealed class NginxProcess : IDisposable
{
    private readonly Process _process;
    private readonly string _folder;

    private NginxProcess(Process process, string folder, int port) => (_process, _folder, Port) = (process, folder, port);

    public int Port { get; }

    /// <summary>Starts it with the content of a server block, or skips the test where there is no nginx.</summary>
    public static async Task<NginxProcess> StartAsync(string settings)
    {
        var port = FreePort();
        var folder = Directory.CreateTempSubdirectory("rawstream-nginx-").FullName;
        var file = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(file, Configuration(folder, port, settings));
        var process = Start(file);
        if (process is null)
        {
            Directory.Delete(folder, recursive: true);
            Assert.Ignore("There is no nginx on this machine.");
        }
        var nginx = new NginxProcess(process!, folder, port);
        await Patience.UntilAsync(() => nginx.IsListening, "nginx listens");
        return nginx;
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private bool IsListening
    {
        get
        {
            if (_process.HasExited) throw new InvalidOperationException(_process.StandardError.ReadToEnd());
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(IPAddress.Loopback, Port);
                return true;
            }
            catch (SocketException)
            {
                return false; // Not yet.
            }
        }
    }

    private static Process? Start(string file)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("nginx", ["-c", file]) { RedirectStandardError = true });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // It is not installed.
        }
    }

    private static string Configuration(string folder, int port, string settings) => string.Create(CultureInfo.InvariantCulture, $$"""
        daemon off;
        master_process off;
        pid {{folder}}/pid;
        error_log stderr;
        events {}
        http {
            access_log off;
            client_body_temp_path {{folder}}/body;
            proxy_temp_path {{folder}}/proxy;
            fastcgi_temp_path {{folder}}/fastcgi;
            uwsgi_temp_path {{folder}}/uwsgi;
            scgi_temp_path {{folder}}/scgi;
            server {
                listen 127.0.0.1:{{port}};
                {{settings}}
            }
        }
        """);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
