using System.Globalization;
using System.Reflection;
using NUnit.Framework;
using RawStream.Forms;
using RawStream.Tests.Broadcast;
using RawStream.Tests.Docs;
using RawStream.Tests.Forms;
using RawStream.Tests.Lifetime;
using RawStream.Tests.Middleware;
using RawStream.Tests.Server;
using RawStream.Tests.Tls;
using RawStream.Tests.WebSockets;

namespace RawStream.Tests.Limits;

/// <summary>No limit is forgotten: each is crossed by a test, and stands in docs/limits.md with its default and its bounds.</summary>
public sealed class LimitTableTests
{
    /// <summary>Whatever a program can set that is a number or a time, and is a limit: which test crosses it.</summary>
    private static readonly Dictionary<string, (Type Fixture, string Test)> Limits = new()
    {
        ["HttpLimits.RequestLineBytes"] = (typeof(LimitTests), nameof(LimitTests.RequestLineBytes)),
        ["HttpLimits.HeaderBytes"] = (typeof(LimitTests), nameof(LimitTests.HeaderBytes)),
        ["HttpLimits.HeaderFields"] = (typeof(LimitTests), nameof(LimitTests.HeaderFields)),
        ["HttpLimits.ChunkSizeLineBytes"] = (typeof(LimitTests), nameof(LimitTests.ChunkSizeLineBytes)),
        ["HttpLimits.BodyBytes"] = (typeof(LimitTests), nameof(LimitTests.BodyBytes)),
        ["HttpLimits.UnreadBodyBytes"] = (typeof(LimitTests), nameof(LimitTests.UnreadBodyBytes)),
        ["HttpLimits.LingerBytes"] = (typeof(LimitTests), nameof(LimitTests.LingerBytes)),
        ["HttpLimits.ResponseBufferBytes"] = (typeof(LimitTests), nameof(LimitTests.ResponseBufferBytes)),
        ["HttpLimits.UnsentBytes"] = (typeof(KernelLimitTests), nameof(KernelLimitTests.UnsentBytes)),
        ["HttpLimits.ReadAheadBytes"] = (typeof(LimitTests), nameof(LimitTests.ReadAheadBytes)),
        ["HttpLimits.Connections"] = (typeof(LimitTests), nameof(LimitTests.Connections)),
        ["HttpLimits.ConnectionsPerAddress"] = (typeof(AddressTests), nameof(AddressTests.One_too_many_gets_a_503_and_another_address_does_not)),
        ["HttpLimits.Backlog"] = (typeof(KernelLimitTests), nameof(KernelLimitTests.Backlog)),
        ["HttpTimeouts.Handshake"] = (typeof(HttpsTests), nameof(HttpsTests.A_handshake_that_takes_too_long_ends_the_connection)),
        ["HttpTimeouts.Head"] = (typeof(TimeoutTests), nameof(TimeoutTests.Head_that_comes_too_slowly_is_a_408)),
        ["HttpTimeouts.KeepAlive"] = (typeof(TimeoutTests), nameof(TimeoutTests.KeepAlive_closes_a_connection_that_has_asked_nothing)),
        ["HttpTimeouts.BodyGrace"] = (typeof(TimeoutTests), nameof(TimeoutTests.A_body_that_comes_too_slowly_is_a_408)),
        ["HttpTimeouts.BodyBytesPerSecond"] = (typeof(TimeoutTests), nameof(TimeoutTests.A_body_that_comes_too_slowly_is_a_408)),
        ["HttpTimeouts.Write"] = (typeof(TimeoutTests), nameof(TimeoutTests.A_write_without_progress_ends_the_stream_and_fires_Aborted)),
        ["HttpTimeouts.WriteBytesPerSecond"] = (typeof(KernelLimitTests), nameof(KernelLimitTests.WriteBytesPerSecond)),
        ["HttpTimeouts.Linger"] = (typeof(TimeoutTests), nameof(TimeoutTests.Linger_ends_the_wait_for_a_client_that_was_refused)),
        ["HttpTimeouts.VanishedPeer"] = (typeof(Stopping.VanishedPeerTests), nameof(Stopping.VanishedPeerTests.Their_connections_are_gone_in_time)),
        ["HttpTimeouts.Drain"] = (typeof(TimeoutTests), nameof(TimeoutTests.Drain_tells_handlers_and_then_cuts_them)),
        ["HttpTimeouts.AbortGrace"] = (typeof(TimeoutTests), nameof(TimeoutTests.Drain_tells_handlers_and_then_cuts_them)),
        ["WebSocketOptions.MaxMessageSize"] = (typeof(ProtocolTests), nameof(ProtocolTests.All_at_once)),
        ["WebSocketOptions.PingInterval"] = (typeof(PingTests), nameof(PingTests.A_silent_client_is_pinged_and_its_answer_keeps_it)),
        ["WebSocketOptions.PongTimeout"] = (typeof(PingTests), nameof(PingTests.A_client_that_does_not_answer_is_cut)),
        ["WebSocketOptions.IdleTimeout"] = (typeof(PingTests), nameof(PingTests.A_socket_without_messages_is_closed_and_pongs_are_none)),
        ["WebSocketOptions.CloseTimeout"] = (typeof(CloseTests), nameof(CloseTests.A_client_that_does_not_answer_a_close_is_not_waited_for_for_ever)),
        ["EventStreamOptions.Heartbeat"] = (typeof(Events.HeartbeatTests), nameof(Events.HeartbeatTests.The_interval_is_an_option)),
        ["BroadcastOptions.MaxEvents"] = (typeof(BoundTests), nameof(BoundTests.So_many_events_are_kept_and_no_more)),
        ["BroadcastOptions.MaxBytes"] = (typeof(BoundTests), nameof(BoundTests.So_many_bytes_are_kept_and_no_more)),
        ["BroadcastOptions.MaxTopics"] = (typeof(TopicTests), nameof(TopicTests.While_all_are_followed_one_more_is_refused)),
        ["ForwardedOptions.MaxHops"] = (typeof(ForwardedTests), nameof(ForwardedTests.No_more_proxies_are_believed_than_there_may_be)),
        ["MultipartOptions.Parts"] = (typeof(MultipartLimitTests), nameof(MultipartLimitTests.Parts)),
        ["MultipartOptions.HeaderBytes"] = (typeof(MultipartLimitTests), nameof(MultipartLimitTests.HeaderBytes_of_all_lines)),
        ["MultipartOptions.HeaderFields"] = (typeof(MultipartLimitTests), nameof(MultipartLimitTests.HeaderFields)),
        ["MultipartOptions.PartBytes"] = (typeof(MultipartLimitTests), nameof(MultipartLimitTests.PartBytes)),
        ["Request.MaxBodySize"] = (typeof(RequestTests), nameof(RequestTests.More_than_MaxBodySize_is_a_413)),
        ["Request.BodyBytesPerSecond"] = (typeof(RouteLimitTests), nameof(RouteLimitTests.A_body_may_be_asked_to_come_faster_or_slower)),
        ["Request.BodyGrace"] = (typeof(RouteLimitTests), nameof(RouteLimitTests.A_body_may_be_asked_to_come_faster_or_slower)),
        ["ResponseWriter.WriteTimeout"] = (typeof(TimeoutTests), nameof(TimeoutTests.A_write_without_progress_ends_the_stream_and_fires_Aborted)),
        ["ResponseWriter.WriteBytesPerSecond"] = (typeof(KernelLimitTests), nameof(KernelLimitTests.WriteBytesPerSecond)),
    };

    /// <summary>What else is a number or a time that a program can set. Each setter has its bounds and a test of them where it is tested.</summary>
    private static readonly string[] NotLimits =
    [
        "BroadcastOptions.Replay", "SubscribeOptions.Replay", // As many as there are.
        "CompressionOptions.BrotliQuality", "CompressionOptions.BrotliWindowBits", "CompressionOptions.GzipLevel", "CompressionOptions.LargestUncompressed",
        "CookieOptions.MaxAge", "CorsOptions.MaxAge", "EventStreamOptions.Retry", // What a client is told.
        "EventStreamOptions.Padding", "EventStreamOptions.StopRetry", "EventStreamOptions.StopRetrySpread",
        "StopReport.Finished", "StopReport.Ended", "StopReport.Aborted", "StopReport.Cut", "StopReport.Elapsed", // What has happened.
        "HttpServerOptions.Port", "ResponseWriter.Status",
    ];

    private static readonly Type[] Bounded = [typeof(int), typeof(long), typeof(TimeSpan), typeof(int?), typeof(long?), typeof(TimeSpan?)];

    private static readonly IReadOnlyList<string[]> Rows =
    [
        .. from line in File.ReadLines(Repository.Path("docs/limits.md"))
           where line.StartsWith("| `", StringComparison.Ordinal)
           select line.Split('|', StringSplitOptions.TrimEntries)[1..5],
    ];

    [Test]
    public void Every_limit_is_crossed_by_a_test()
    {
        var settable = from type in typeof(HttpServer).Assembly.GetExportedTypes().Concat(typeof(MultipartOptions).Assembly.GetExportedTypes())
                       from property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
                       where type.IsClass && property.SetMethod is { IsPublic: true } && Bounded.Contains(property.PropertyType)
                       select $"{type.Name}.{property.Name}";

        Assert.That(Limits.Keys.Concat(NotLimits), Is.EquivalentTo(settable));
        foreach (var (limit, (fixture, test)) in Limits)
            Assert.That(fixture.GetMethod(test)?.GetCustomAttributes().Any(attribute => attribute is NUnit.Framework.Interfaces.ITestBuilder or NUnit.Framework.Interfaces.ISimpleTestBuilder), Is.True, limit);
    }

    [Test]
    public void Every_limit_of_the_options_has_its_row() =>
        Assert.That(Rows.Select(Name), Is.EquivalentTo(Limits.Keys.Where(name => !name.StartsWith("Request.", StringComparison.Ordinal) && !name.StartsWith("ResponseWriter.", StringComparison.Ordinal))));

    [TestCaseSource(nameof(Names))]
    public void Its_row_tells_the_truth(string name)
    {
        var row = Rows.Single(row => Name(row) == name);
        var property = PropertyOf(name);
        var bounds = row[2].Split('–', StringSplitOptions.TrimEntries);

        Assert.That(Parse(row[1].Split(',')[0], property), Is.EqualTo(property.GetValue(Activator.CreateInstance(property.DeclaringType!))), "the default");
        Set(property, bounds[0], by: -1, isRefused: true);
        Set(property, bounds[0], by: IsTime(property) ? 1 : 0, isRefused: false);
        if (bounds[1].Length == 0) return;
        Set(property, bounds[1], by: 0, isRefused: false);
        Set(property, bounds[1], by: 1, isRefused: true);
    }

    [TestCaseSource(nameof(Names))]
    public void A_timeout_of_nothing_is_refused_and_one_without_end_is_not(string name)
    {
        var property = PropertyOf(name);
        if (!IsTime(property)) return;

        Assert.That(() => Make(property, TimeSpan.Zero), Throws.InnerException.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Make(property, Timeout.InfiniteTimeSpan), Throws.Nothing);
    }

    private static string[] Names() => [.. Rows.Select(Name)];

    private static string Name(string[] row) => row[0].Trim('`');

    private static PropertyInfo PropertyOf(string name)
    {
        var (type, property) = (name.Split('.')[0], name.Split('.')[1]);
        return typeof(HttpServer).Assembly.GetExportedTypes().Concat(typeof(MultipartOptions).Assembly.GetExportedTypes()).Single(one => one.Name == type).GetProperty(property)!;
    }

    private static bool IsTime(PropertyInfo property) => property.PropertyType == typeof(TimeSpan);

    private static object Parse(string text, PropertyInfo property)
    {
        if (!IsTime(property)) return Convert.ChangeType(text, property.PropertyType, CultureInfo.InvariantCulture);
        if (text == "none") return Timeout.InfiniteTimeSpan;
        var parts = text.Split(' ');
        var number = double.Parse(parts[0], CultureInfo.InvariantCulture);
        return parts.ElementAtOrDefault(1) switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "days" => TimeSpan.FromDays(number),
            _ => TimeSpan.Zero,
        };
    }

    /// <summary>The bound as it is, or one more or less: of the smallest unit that there is.</summary>
    private static void Set(PropertyInfo property, string bound, int by, bool isRefused)
    {
        var value = Parse(bound, property) switch
        {
            TimeSpan time => time + TimeSpan.FromTicks(by),
            int number => number + by,
            var other => (object)((long)other + by),
        };
        if (isRefused) Assert.That(() => Make(property, value), Throws.InnerException.InstanceOf<ArgumentOutOfRangeException>(), $"{value}");
        else Assert.That(() => Make(property, value), Throws.Nothing, $"{value}");
    }

    private static void Make(PropertyInfo property, object value) => property.SetValue(Activator.CreateInstance(property.DeclaringType!), value);
}
