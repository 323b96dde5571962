using PatchFlow.Core.Hosts;

namespace PatchFlow.Core.Tests.Patches;

internal static class Inventories
{
    public static Inventory Of(IEnumerable<InstalledPackage> packages) => new()
    {
        Host = "web-1",
        OsId = "debian",
        OsRelease = "12",
        Arch = "amd64",
        Kernel = "6.1.0-49-amd64",
        BootId = "0b7f9a52-1c1e-4f0e-9d53-0b6e2c1c9d10",
        InitStart = 1,
        Epoch = 1,
        Sequence = 0,
        RebootNeeded = false,
        Packages = [.. packages],
    };
}
