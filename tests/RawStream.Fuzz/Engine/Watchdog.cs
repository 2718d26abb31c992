namespace RawStream.Fuzz.Engine;

/// <summary>An execution that takes longer than ten seconds is a hang: nothing else can be done with its thread, so the process ends.</summary>
internal static class Watchdog
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly Lock Gate = new();
    private static readonly Timer Timer = new(_ => Look(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    private static FuzzTarget? _target;
    private static byte[] _input = [];
    private static long _started = long.MaxValue;

    public static void Begin(FuzzTarget target, byte[] input)
    {
        lock (Gate) (_target, _input, _started) = (target, input, Environment.TickCount64);
    }

    public static void End()
    {
        lock (Gate) _started = long.MaxValue;
    }

    private static void Look()
    {
        string hang;
        lock (Gate)
        {
            GC.KeepAlive(Timer);
            if (_started > Environment.TickCount64 - (long)Patience.TotalMilliseconds) return;
            hang = $"{_target!.Name}: it hangs.\n{Notation.Show(_input)}";
        }
        Console.Error.WriteLine(hang);
        Environment.FailFast(hang);
    }
}
