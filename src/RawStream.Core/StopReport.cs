namespace RawStream;

/// <summary>What became of the responses that were under way when the server was stopped: each is counted once.</summary>
/// <param name="Finished">They came to their end by themselves, or their clients left.</param>
/// <param name="Ended">They were ended by their <see cref="StopPolicy"/>.</param>
/// <param name="Aborted">They had to be told by <see cref="Request.Aborted"/> when the drain time was over, and ended then.</param>
/// <param name="Cut">They had not ended by then either: their connections were reset.</param>
/// <param name="Elapsed">From the call to the end of the last connection.</param>
public sealed record StopReport(int Finished, int Ended, int Aborted, int Cut, TimeSpan Elapsed);
