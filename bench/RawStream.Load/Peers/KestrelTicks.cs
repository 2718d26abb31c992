using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace RawStream.Load.Peers;

/// <summary>The time, again and again, with ASP.NET: a timer a request, as the documentation has it.</summary>
internal sealed class KestrelTicks
{
    private int _open;

    public string CountOpen() => Volatile.Read(ref _open).ToString(CultureInfo.InvariantCulture);

    public async Task WriteAsync(HttpContext context)
    {
        var period = TimeSpan.FromMilliseconds(int.Parse(context.Request.Query["ms"]!, CultureInfo.InvariantCulture));
        context.Response.ContentType = "text/plain";
        Interlocked.Increment(ref _open);
        try
        {
            var body = context.Response.BodyWriter;
            await body.FlushAsync(context.RequestAborted);
            using var timer = new PeriodicTimer(period);
            while (await timer.WaitForNextTickAsync(context.RequestAborted))
                await body.WriteAsync(Encoding.UTF8.GetBytes($"It is {DateTime.UtcNow:O}\n"), context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }
}
