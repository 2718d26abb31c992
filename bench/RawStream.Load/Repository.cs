namespace RawStream.Load;

/// <summary>Where the repository is: the folder above this program that holds the solution.</summary>
internal static class Repository
{
    private static readonly string Root = FindRoot(new DirectoryInfo(AppContext.BaseDirectory));

    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    private static string FindRoot(DirectoryInfo? folder) => folder switch
    {
        null => throw new IOException("This program is not in its repository, and so does not find the peers."),
        _ => File.Exists(System.IO.Path.Combine(folder.FullName, "RawStream.sln")) ? folder.FullName : FindRoot(folder.Parent),
    };
}
