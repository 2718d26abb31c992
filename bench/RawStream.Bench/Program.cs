using BenchmarkDotNet.Running;
using RawStream.Bench;

BenchmarkSwitcher.FromAssembly(typeof(Plaintext).Assembly).Run(args);
