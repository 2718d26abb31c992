namespace RawStream;
internal static class X;
