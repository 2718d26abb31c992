using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace RawStream.Tests.Files;

/// <summary>Root may read everything: where the tests are root's, a handler opens its files as one who may not.</summary>
[SuppressMessage("Interoperability", "SYSLIB1054", Justification = "All arguments are blittable, and generated code would have to be unsafe.")]
internal static class OrdinaryUser
{
    private const uint Root = 0, Nobody = 65534;

    /// <summary>Everybody may go through a folder, and not list it. The group counts, which stays root's.</summary>
    public const UnixFileMode MayPass = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Everybody may list it, too.</summary>
    public const UnixFileMode MayRead = MayPass | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>A middleware. The thread has its rights back when the handler waits for the first time: by then the file is open.</summary>
    public static Handler Handles(Handler handler) => Environment.IsPrivilegedProcess ? (request, response) =>
    {
        _ = SetFileSystemUser(Nobody);
        try
        {
            return handler(request, response);
        }
        finally
        {
            _ = SetFileSystemUser(Root);
        }
    } : handler;

    [DllImport("libc", EntryPoint = "setfsuid")]
    private static extern int SetFileSystemUser(uint user);
}
