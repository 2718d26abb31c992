namespace RawStream.Load.Trial;

/// <summary>The connection has ended, or been reset, where more was to come. Some clients provoke it; to the others it must not happen.</summary>
internal sealed class CutOffException(string message, Exception? inner = null) : IOException(message, inner);
