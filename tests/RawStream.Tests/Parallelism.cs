using NUnit.Framework;

// One more than the cores of a small machine: the fixtures that run beside each other wait for other processes, or for real time.
[assembly: LevelOfParallelism(3)]
