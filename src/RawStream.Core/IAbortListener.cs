namespace RawStream;

/// <summary>Is told, once or more, that the client has left or the server stops.</summary>
internal interface IAbortListener
{
    /// <summary>Another one of the same request. Only the request sets it.</summary>
    IAbortListener? Next { get; set; }

    void OnAborted();

    /// <summary>It will be told soon that the server stops; until then it need not do anything any more. It must neither block nor end anything.</summary>
    void OnToldToEnd()
    {
    }
}
