using System.Buffers;
using System.Text;
using RawStream.Http1;

namespace RawStream.Responses;

/// <summary>426, with the protocol that the client has to ask for (RFC 9110 §15.5.22).</summary>
internal sealed class UpgradeRequiredResponse : Response
{
    private readonly string _protocol;
    private readonly byte[] _text;

    public UpgradeRequiredResponse(string protocol)
    {
        ListField.CheckProtocol(protocol);
        _protocol = protocol;
        _text = Encoding.ASCII.GetBytes($"This resource is to be had by an upgrade to {protocol} only.\n");
    }

    protected internal override ValueTask WriteAsync(Request request, ResponseWriter response)
    {
        SetFields(response, 426, "text/plain; charset=utf-8");
        response.OfferUpgrade(_protocol);
        response.Body.Write(_text);
        return default;
    }
}
