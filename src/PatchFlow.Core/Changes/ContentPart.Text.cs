using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Changes;

public sealed partial record ContentPart
{
    private const string Document = "patchflow-content";

    /// <summary>The canonical bytes; sets are sorted here.</summary>
    /// <exception cref="DocumentException">A value or a rule of the format is broken.</exception>
    public byte[] ToBytes()
    {
        var writer = new DocumentWriter(Document, 1);
        writer.Line("profile", Profile);
        writer.Line("platform", OsId, OsRelease, Arch);
        writer.Set("index", Indices, i => [i.Feed, writer.Seconds(i.Time), i.Index.Hex]);
        writer.Set("upgrade", Upgrades, u => [u.Name, u.Arch, u.From, u.To]);
        writer.Set("install", Installs, p => [p.Name, p.Arch, p.Version]);
        writer.Set("file", Files, f => [f.Name, f.Arch, f.Version, DocumentWriter.Text(f.SizeBytes), f.Digest.Hex]);
        writer.Set("irreversible", Irreversible, p => [p.Name, p.Arch, p.Version]);
        writer.Set("restart", Restarts, unit => [unit]);
        writer.Line("reboot", Reboot ? "yes" : "no");
        var bytes = writer.ToBytes();
        _ = Parse(bytes);
        return bytes;
    }

    /// <summary>The digest by which a head names this part.</summary>
    /// <exception cref="DocumentException">As <see cref="ToBytes"/>.</exception>
    public Digest ComputeDigest() => Digest.Of(ToBytes());

    /// <summary>Reads exactly what <see cref="ToBytes"/> writes.</summary>
    /// <exception cref="DocumentException">The bytes are anything else.</exception>
    public static ContentPart Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = DocumentReader.Open(Document, 1, bytes, DocumentLimits.ContentBytes);
        var profile = reader.One("profile", l => l.Profile());
        var (os, release, arch) = reader.One("platform", l => (OsWord(l), OsWord(l), l.Arch()));
        var part = new ContentPart
        {
            Profile = profile,
            OsId = os,
            OsRelease = release,
            Arch = arch,
            Indices = reader.Set("index", 3, l => new PlanSnapshot(l.Feed(), l.Seconds(), l.Digest())),
            Upgrades = reader.Set("upgrade", 2, ReadUpgrade),
            Installs = reader.Set("install", 2, ReadVersion),
            Files = reader.Set("file", 3, ReadFile),
            Irreversible = reader.Set("irreversible", 3, ReadVersion),
            Restarts = reader.Set("restart", 1, l => l.Unit()),
            Reboot = reader.One("reboot", l => l.OneOf("no", "yes") == 1),
        };
        reader.End();
        part.CheckPlatform(reader);
        part.CheckFiles(reader);
        return part;
    }

    private static string OsWord(LineReader line) => line.Word(Grammar.IsOsWord, "a word of os-release");

    private static PackageUpgrade ReadUpgrade(LineReader line)
    {
        var upgrade = new PackageUpgrade(line.PackageName(), line.Arch(), line.PackageVersion(), line.PackageVersion());
        return upgrade.From != upgrade.To ? upgrade : throw line.Refuse($"'{upgrade.Name}' is upgraded from {upgrade.From} to the same version");
    }

    private static PackageVersion ReadVersion(LineReader line) => new(line.PackageName(), line.Arch(), line.PackageVersion());

    private static PackageFile ReadFile(LineReader line) =>
        new(line.PackageName(), line.Arch(), line.PackageVersion(), line.Number("a size in bytes", 1), line.Digest());

    private void CheckPlatform(DocumentReader reader)
    {
        var platform = $"-{OsId}-{OsRelease}-{Arch}";
        if (!Profile[..^9].EndsWith(platform, StringComparison.Ordinal) || !Grammar.IsId(Profile.AsSpan(0, Profile.Length - 9 - platform.Length)))
        {
            throw reader.Refuse($"the profile '{Profile}' is not of the platform {OsId} {OsRelease} {Arch}");
        }

        if (Indices.IsEmpty || (Upgrades.IsEmpty && Installs.IsEmpty))
        {
            throw reader.Refuse("a content part has at least one index, and at least one upgrade or install");
        }
    }

    // Every new version has its file; every old one has its file or is irreversible; and there is no other file.
    private void CheckFiles(DocumentReader reader)
    {
        var files = Files.Select(f => new PackageVersion(f.Name, f.Arch, f.Version)).ToHashSet();
        var irreversible = Irreversible.ToHashSet();
        var upgraded = Upgrades.Select(u => (u.Name, u.Arch)).ToHashSet();
        if (Installs.FirstOrDefault(i => upgraded.Contains((i.Name, i.Arch))) is { } both)
        {
            throw reader.Refuse($"'{both.Name}' is both upgraded and newly installed");
        }

        var after = Upgrades.Select(u => new PackageVersion(u.Name, u.Arch, u.To)).Concat(Installs);
        if (after.FirstOrDefault(p => !files.Remove(p)) is { } missing)
        {
            throw reader.Refuse($"no 'file' line for {missing.Name} {missing.Arch} {missing.Version}");
        }

        var before = Upgrades.Select(u => new PackageVersion(u.Name, u.Arch, u.From));
        if (before.FirstOrDefault(p => files.Remove(p) == irreversible.Remove(p)) is { } old)
        {
            throw reader.Refuse($"the old {old.Name} {old.Arch} {old.Version} needs either a 'file' or an 'irreversible' line");
        }

        if (files.Concat(irreversible).FirstOrDefault() is { } stray)
        {
            throw reader.Refuse($"{stray.Name} {stray.Arch} {stray.Version} belongs to no upgrade and no install");
        }
    }
}
