using System.Text.Json.Serialization;

namespace RawStream.Tests.Server;

public sealed record Order(string Id, int Quantity);

[JsonSerializable(typeof(Order))]
internal sealed partial class TestJson : JsonSerializerContext;
