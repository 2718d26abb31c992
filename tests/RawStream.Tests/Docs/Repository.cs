using System.Reflection;

namespace RawStream.Tests.Docs;

/// <summary>Where the repository is: the folder above this assembly that holds the solution.</summary>
internal static class Repository
{
    private static readonly string Root = FindRoot(new FileInfo(Assembly.GetExecutingAssembly().Location).Directory!);

    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    private static string FindRoot(DirectoryInfo folder) =>
        File.Exists(System.IO.Path.Combine(folder.FullName, "RawStream.sln")) ? folder.FullName : FindRoot(folder.Parent!);
}
