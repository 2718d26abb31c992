namespace RawStream;

/// <summary>
/// The one thing that the server runs: it reads the request and writes the response. The response is complete when the returned
/// task is. A handler that fails before anything was sent gives a 500; after that, the connection is closed without the end of the
/// response, so that the client can tell a broken stream from a finished one. A handler that ends because
/// <see cref="Request.Aborted"/> fired has not failed.
/// </summary>
public delegate ValueTask Handler(Request request, ResponseWriter response);
