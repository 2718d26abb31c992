namespace RawStream.Tests.Support;

/// <summary>Which transport the servers of the tests use: what RAWSTREAM_TRANSPORT says, sockets or epoll. CI runs the tests with each.</summary>
internal static class TestTransport
{
    public static readonly HttpTransport Value = Environment.GetEnvironmentVariable("RAWSTREAM_TRANSPORT") is { Length: > 0 } name
        ? Enum.Parse<HttpTransport>(name, ignoreCase: true)
        : HttpTransport.Sockets;

    /// <summary>The same for the host.</summary>
    public static string[] HostArguments => Value == HttpTransport.Sockets ? [] : ["--transport", "epoll"];
}
