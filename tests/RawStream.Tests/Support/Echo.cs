namespace RawStream.Tests.Support;

/// <summary>A handler that is full duplex: what arrived goes back before the rest has come.</summary>
internal static class Echo
{
    public static async ValueTask WriteAsync(Request request, ResponseWriter response)
    {
        while (true)
        {
            var read = await request.Body.ReadAsync();
            await response.WriteAsync(read.Buffer.First);
            request.Body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }
}
