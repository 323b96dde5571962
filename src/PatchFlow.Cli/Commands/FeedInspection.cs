using System.Buffers;
using System.CommandLine;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Cli.Commands;

/// <summary><c>patchflow feeds inspect</c>: what a local document says, without a server.</summary>
internal static class FeedInspection
{
    // There is no channel to a host with Windows and no replica of it, so whatever is known of its updates ends in a report.
    private const string NotDeployed = " (reported on, not deployed)";

    // A line of the output: one record that was found, or one part that was refused.
    private sealed record Entry(string File, string? Kind, object? Found, string? Position, string? Reason);

    public static Command Inspect()
    {
        var path = new Argument<string>("path") { Description = "A document, or a folder with documents; .gz, .xz, .bz2, .zst and .lz4 are decompressed" };
        var kind = new Option<string?>("--kind") { Description = $"What they are, instead of a guess: {string.Join(", ", Enum.GetValues<DocumentKind>().Select(DocumentKinds.NameOf))}" };
        return new Command("inspect", "Print what local documents of vendors say, and what of them is refused; exits with 0 only if nothing is") { path, kind }
            .DoesOffline((parsed, terminal, isJson) => Run(terminal, isJson, parsed.GetValue(path)!, Named(parsed.GetValue(kind))));
    }

    private static DocumentKind? Named(string? name) => name is null ? null
        : DocumentKinds.Named(name) ?? throw new UsageException($"'{name}' is no kind of document that is known", $"take one of {string.Join(", ", Enum.GetValues<DocumentKind>().Select(DocumentKinds.NameOf))}, or leave --kind out");

    // Documents are read on all processors and printed in their order. Of the one whose turn it is each record is printed as it is found: a document of
    // any size needs the memory of one.
    private static int Run(Terminal terminal, bool isJson, string path, DocumentKind? kind)
    {
        var (found, refused) = (0, 0);
        InOrder<string, (bool IsFound, string Text)>.Run(
            Files(path),
            (file, weigh, print) => Inspect(file, kind, weigh, entry => print((entry.Reason is null, (isJson ? Terminal.JsonLine(entry) : Sentence(entry)) + "\n"))),
            line =>
            {
                (found, refused) = line.IsFound ? (found + 1, refused) : (found, refused + 1);
                terminal.Text(line.Text);
            });
        terminal.Note($"{Words.Count(found, "record")} read, {refused} refused");
        return refused == 0 ? Exit.Ok : Exit.Refused;
    }

    // A compressed document is opened twice where its kind is guessed, and its name tells how it is packed: standard input has neither.
    private static List<string> Files(string path) =>
        path == "-" ? throw new UsageException("documents are not read from standard input", "write what comes there into a file, and give that; ./- is a file of this name")
        : !Directory.Exists(path) ? File.Exists(path) ? [path] : throw new UsageException($"'{path}' is not there", "give a document, or a folder with documents")
        : Below(path).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } files ? files
        : throw new UsageException($"'{path}' has no document in it", "give a document, or a folder with documents");

    // Folders that are not looked into are among them, and are refused by their names: what is left out without a word is taken for read.
    private static IEnumerable<string> Below(string folder)
    {
        string[] entries;
        try
        {
            entries = Directory.GetFileSystemEntries(folder, "*", new EnumerationOptions { IgnoreInaccessible = false, AttributesToSkip = 0 });
        }
        catch (UnauthorizedAccessException)
        {
            return [folder];
        }

        return entries.SelectMany(entry => Directory.Exists(entry) && new DirectoryInfo(entry).LinkTarget is null ? Below(entry) : [entry]);
    }

    private static void Inspect(string file, DocumentKind? kind, Action<long> weigh, Action<Entry> print)
    {
        void Refuse(Refusal refusal) => print(new(file, null, null, refusal.Position, refusal.Reason));

        try
        {
            using var document = Open(file, ref kind, weigh);
            if (kind is { } known)
            {
                DocumentReader.Read(known, document, file, found => print(new(file, DocumentKinds.NameOf(known), found, null, null)), Refuse, Beside.Start);
            }
            else
            {
                Refuse(new(file, "", "nothing in it tells what it is: give --kind where it is one of those that 'patchflow feeds inspect --help' lists"));
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Refuse(new(file, "", e.Message));
        }
    }

    // At its front, though its kind was guessed by it.
    private static Stream Open(string file, ref DocumentKind? kind, Action<long> weigh)
    {
        var document = Decompression.Open(file, weigh);
        try
        {
            if (kind is not null)
            {
                return document;
            }

            kind = Guess(file, document);
            if (document.CanSeek)
            {
                document.Position = 0;
                return document;
            }
        }
        catch
        {
            document.Dispose();
            throw;
        }

        document.Dispose();
        return Decompression.Open(file, _ => { });
    }

    private static DocumentKind? Guess(string file, Stream document)
    {
        var lent = ArrayPool<byte>.Shared.Rent(DocumentKinds.HeadBytes);
        try
        {
            var head = lent.AsSpan(0, DocumentKinds.HeadBytes);
            return DocumentKinds.Guess(file, head[..document.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)]);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(lent);
        }
    }

    private static string Sentence(Entry entry) => entry.Found switch
    {
        AptPackage p => $"{entry.File}: {entry.Kind} {p.Name} {p.Version} {p.Arch} {p.Sha256.Hex}",
        AptRelease r => FormattableString.Invariant($"{entry.File}: {entry.Kind} {Words.Clean(r.Origin)} {Words.Clean(r.Suite)} {Words.Clean(r.Codename)} {r.Date:yyyy-MM-dd}{Until(r)} {Words.Count(r.Files.Count, "file")}{(r.NotAutomatic ? " not automatic" : "")}"),
        Advisory a => $"{entry.File}: {entry.Kind} {a.Id} {Word(a.Severity)}{(a.Withdrawn is null ? "" : " withdrawn")} {Words.Count(a.Affected.Length, "package")} {string.Join(' ', a.Cves)}".TrimEnd() + ReportOnly(a),
        KevEntry k => FormattableString.Invariant($"{entry.File}: {entry.Kind} {k.Cve} exploited, added {k.Added:yyyy-MM-dd}, due {k.Due:yyyy-MM-dd}"),
        EpssScore s => FormattableString.Invariant($"{entry.File}: {entry.Kind} {s.Cve} {s.Probability} {s.Percentile}"),
        Repomd r => $"{entry.File}: {entry.Kind} revision {Words.Clean(r.Revision ?? "?")} {Words.Count(r.Files.Length, "file")} {AdvisoriesOf(r)}",
        Metalink m => FormattableString.Invariant($"{entry.File}: {entry.Kind} {m.Newest.Made:yyyy-MM-dd} {Words.Count(m.Mirrors.Length, "mirror")} {m.Newest.Strongest}"),
        RpmPackage p => $"{entry.File}: {entry.Kind} {p.Name} {p.Version} {p.Arch} {p.Checksum}",
        VendorUpdate u => FormattableString.Invariant($"{entry.File}: {entry.Kind} {Words.Clean(u.Id)} {u.Released:yyyy-MM-dd} {Words.Clean(u.Product ?? "")}{Supersedes(u)}{NotDeployed}"),
        MsrcMonthEntry m => FormattableString.Invariant($"{entry.File}: {entry.Kind} {Words.Clean(m.Id)} revised {m.Modified:yyyy-MM-dd}"),
        CsafProvider p => $"{entry.File}: {entry.Kind} {Words.Clean(p.Publisher)} {Words.Clean(p.Role)} {Words.Count(p.Feeds.Length, "feed")} {p.Directories.Length} by directory {Words.Count(p.Keys.Length, "key")}",
        CsafAggregator a => $"{entry.File}: {entry.Kind} {Words.Clean(a.Name)} {Words.Count(a.Listed.Length, "provider")}",
        CsafEntry e => FormattableString.Invariant($"{entry.File}: {entry.Kind} {Words.Clean(e.Path)} {e.Changed:yyyy-MM-dd}").TrimEnd(),
        RolieEntry e => FormattableString.Invariant($"{entry.File}: {entry.Kind} {Words.Clean(e.Id)} {e.Updated:yyyy-MM-dd} {e.Addresses[0]}"),
        CsafDistribution d => $"{entry.File}: {entry.Kind} {d.Address} {Words.Clean(d.Label ?? "")}".TrimEnd(),
        DebianSupportEntry s => FormattableString.Invariant($"{entry.File}: {entry.Kind} {s.Pattern} {(s.Limited ? "limited" : $"ended {s.Ends:yyyy-MM-dd}")} {s.Note}"),
        _ => $"{entry.File}: refused{(entry.Position is { Length: > 0 } at ? $" {at}" : "")}: {entry.Reason}",
    };

    private static string Until(AptRelease release) => release.ValidUntil is { } until ? FormattableString.Invariant($" valid until {until:yyyy-MM-dd}") : "";

    private static string ReportOnly(Advisory advisory) => advisory.Affected.Any(package => Platforms.IsReportOnly(package.Platform)) ? NotDeployed : "";

    private static string Supersedes(VendorUpdate update) => update.Supersedes.Length == 0 ? "" : $" supersedes {string.Join(' ', update.Supersedes)}";

    private static string AdvisoriesOf(Repomd repomd) => repomd.AdvisoryData switch
    {
        AdvisoryData.Published => repomd.Advisories!.Location,
        AdvisoryData.Unreadable => "advisories that can't be read",
        _ => "no advisory data",
    };

    private static string Word(Severity severity) => $"{severity}".ToLowerInvariant();
}
