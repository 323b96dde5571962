using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Patches;
using PatchFlow.Server.Sandbox;

namespace PatchFlow.Server.Tests.Reconcile;

/// <summary>The patches of the simulated feed, their files, and a resolver that needs no replica.</summary>
internal static class Patches
{
    public static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public static readonly List<PackageUpgrade> All =
        [new("libssl3", "amd64", "3.0.1", "3.0.2"), new("nginx", "amd64", "1.0", "1.1"), new("openssl", "amd64", "3.0.1", "3.0.2")];

    private static readonly PlanSnapshot Snapshot = new("debian-security", Start, Digest.Of("index"u8));

    public static IReadOnlyList<FeedIndex> Feeds { get; } = [new("debian-security", "bookworm-security", "file:/srv/security/", true, Index())];

    public static byte[] File(string name, string version) => Encoding.UTF8.GetBytes($"{name} {version}");

    /// <summary>Writes every file below a folder; answers where each digest is.</summary>
    public static Func<Digest, string?> Write(string folder)
    {
        var paths = All.SelectMany(p => new[] { File(p.Name, p.From), File(p.Name, p.To) }).ToDictionary(bytes => Digest.Of(bytes), bytes =>
        {
            var path = Path.Combine(folder, Digest.Of(bytes).Hex);
            System.IO.File.WriteAllBytes(path, bytes);
            return path;
        });
        return digest => paths.GetValueOrDefault(digest);
    }

    public static Task<Resolved> ResolveAsync(ResolveRequest request)
    {
        var hosts = request.Hosts.Select(h => h.Host).ToImmutableArray();
        var content = new ContentPart
        {
            Profile = "web-debian-12-amd64-0a1b2c3d",
            OsId = "debian",
            OsRelease = "12",
            Arch = "amd64",
            Indices = [Snapshot],
            Upgrades = request.Hosts[0].Upgrades,
            Files = [.. request.Hosts[0].Upgrades.SelectMany(u => new[] { Planned(u, u.From), Planned(u, u.To) })],
            Restarts = ["nginx.service"],
        };
        return Task.FromResult(new Resolved([new ResolvedProfile(content, hosts)], [Snapshot], ["CVE-2026-0001"], "{}"u8.ToArray()));
    }

    public static Task<ImmutableArray<ProfileResult>> TestAsync(SandboxRequest request, Verdict verdict) => Task.FromResult<ImmutableArray<ProfileResult>>(
        [.. request.Contents.Keys.Select(p => new ProfileResult(p, verdict, Encoding.UTF8.GetBytes($"run {request.Run} {p}"), verdict.ToString()))]);

    private static PackageFile Planned(PackageUpgrade upgrade, string version)
    {
        var bytes = File(upgrade.Name, version);
        return new(upgrade.Name, upgrade.Arch, version, bytes.Length, Digest.Of(bytes));
    }

    private static PackageIndex Index()
    {
        var text = new StringBuilder();
        foreach (var patch in All)
        {
            var bytes = File(patch.Name, patch.To);
            text.Append(CultureInfo.InvariantCulture, $"Package: {patch.Name}\nVersion: {patch.To}\nArchitecture: {patch.Arch}\nFilename: pool/{patch.Name}.deb\nSize: {bytes.Length}\nSHA256: {Digest.Of(bytes)}\n\n");
        }

        return PackageIndex.Of([AptPackages.Parse(Encoding.UTF8.GetBytes(text.ToString()))]);
    }
}
