namespace RawStream.WebSockets;

/// <summary>What is agreed on of permessage-deflate (RFC 7692 §7.1).</summary>
/// <param name="KeepsContext">A message of the server may refer to those before it.</param>
/// <param name="Field">What the client is told.</param>
internal sealed record PerMessageDeflate(bool KeepsContext, string Field)
{
    private const string Name = "permessage-deflate";
    private const string WindowBits = "server_max_window_bits";
    private const int FullWindow = 15;

    /// <summary>The first offer that can be kept, or null. One that is not valid is declined, as the client has to be ready for.</summary>
    public static PerMessageDeflate? Agree(IReadOnlyList<Extension> offers, WebSocketCompression compression)
    {
        if (compression == WebSocketCompression.Off) return null;
        foreach (var offer in offers)
            if (offer.Name.Equals(Name, StringComparison.OrdinalIgnoreCase) && TryRead(offer, out var keepsContext, out var namesWindow))
                return Answer(keepsContext && compression == WebSocketCompression.KeepContext, namesWindow);
        return null;
    }

    /// <summary>The client begins each message anew: to read one, nothing of others is kept.</summary>
    private static PerMessageDeflate Answer(bool keepsContext, bool namesWindow)
    {
        var field = $"{Name}; client_no_context_takeover";
        if (!keepsContext) field += "; server_no_context_takeover";
        if (namesWindow) field += $"; {WindowBits}={FullWindow}";
        return new PerMessageDeflate(keepsContext, field);
    }

    /// <summary>A window smaller than the full one cannot be had of this compressor; of the client any will do.</summary>
    private static bool TryRead(Extension offer, out bool keepsContext, out bool namesWindow)
    {
        keepsContext = true;
        namesWindow = false;
        var seen = new HashSet<string>();
        foreach (var (name, value) in offer.Parameters)
        {
            if (!seen.Add(name)) return false;
            switch (name)
            {
                case "server_no_context_takeover" when value is null:
                    keepsContext = false;
                    break;
                case "client_no_context_takeover" when value is null:
                case "client_max_window_bits" when value is null or "8" or "9" or "10" or "11" or "12" or "13" or "14" or "15":
                    break;
                case WindowBits when value == "15":
                    namesWindow = true;
                    break;
                default:
                    return false;
            }
        }
        return true;
    }
}
