using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Hosts;

public sealed partial record HostReport
{
    private const string Document = "patchflow-report";
    private const string Head = "patchflow-report v1";
    private const string None = "-";
    private const string ModuleMark = "module=";
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// The report with its lines sorted, each once: two reports that say the same have the same bytes.
    /// </summary>
    public byte[] ToBytes()
    {
        var lines = new List<string> { Head, $"os {OsId} {Or(OsRelease)}", $"arch {Arch}" };
        lines.AddRange(Taken is { } taken ? [$"taken {CanonicalTime.FormatSeconds(taken)}"] : []);
        lines.AddRange(Kernel.Length > 0 ? [$"kernel {Kernel}"] : []);
        foreach (var set in (IEnumerable<string>[])
        [
            Sources.Select(s => $"source {s}"),
            Modules.Select(m => $"module {m}"),
            Holds.Select(h => $"hold {h}"),
            Packages.Select(Text),
            Products.Select(p => $"product {Or(p.Build)} {p.Name}"),
            Updates.Select(u => $"update {u}"),
            Listens.Select(l => $"listen {l.Protocol} {l.Address} {DocumentWriter.Text(l.Port)}"),
        ])
        {
            lines.AddRange(set.Distinct().Order(StringComparer.Ordinal));
        }

        return Strict.GetBytes(string.Join('\n', [.. lines, "end", ""]));
    }

    /// <summary>
    /// Reads a report, in whatever order its lines come. A line that is wrong refuses all of it, and so does an end that is missing: an inventory
    /// that is half there would close what is open.
    /// </summary>
    /// <exception cref="DocumentException">Names the line, what is wrong with it, and what is expected.</exception>
    public static HostReport Parse(ReadOnlySpan<byte> bytes) => new Draft().Read(bytes);

    private static string Text(ReportedPackage p) => string.Join(' ',
    [
        "package", p.Name, p.Arch, p.Version,
        .. p.Source is null ? [] : p.SourceVersion is null ? [p.Source] : (string[])[p.Source, p.SourceVersion],
        .. p.Module is null ? [] : (string[])[ModuleMark + p.Module],
    ]);

    private static string Or(string? text) => string.IsNullOrEmpty(text) ? None : text;

    private sealed class Draft
    {
        private static readonly SearchValues<char> NameChars = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
        private readonly ImmutableArray<string>.Builder _sources = ImmutableArray.CreateBuilder<string>(), _modules = ImmutableArray.CreateBuilder<string>();
        private readonly ImmutableArray<string>.Builder _holds = ImmutableArray.CreateBuilder<string>(), _updates = ImmutableArray.CreateBuilder<string>();
        private readonly ImmutableArray<ReportedPackage>.Builder _packages = ImmutableArray.CreateBuilder<ReportedPackage>();
        private readonly ImmutableArray<ReportedProduct>.Builder _products = ImmutableArray.CreateBuilder<ReportedProduct>();
        private readonly ImmutableArray<ListeningSocket>.Builder _listens = ImmutableArray.CreateBuilder<ListeningSocket>();
        private (string Id, string Release)? _os;
        private string? _arch, _kernel;
        private DateTimeOffset? _taken;

        public HostReport Read(ReadOnlySpan<byte> bytes)
        {
            if (bytes.Length > DocumentLimits.ReportBytes)
            {
                throw new DocumentException(Document, 0, $"{bytes.Length} bytes; at most {DocumentLimits.ReportBytes} are allowed");
            }

            var (number, ended) = (0, false);
            while (!bytes.IsEmpty)
            {
                var line = Next(ref bytes, ++number);
                if (ended)
                {
                    throw new DocumentException(Document, number, "a line follows the line 'end'");
                }

                ended = number > 1 && line == "end";
                Take(line, number);
            }

            return ended ? Whole() : throw new DocumentException(Document, number, "the last line must be 'end': the report is cut short, so make it anew");
        }

        private static string Next(ref ReadOnlySpan<byte> bytes, int number)
        {
            var length = bytes.IndexOf((byte)'\n');
            var line = length < 0 ? bytes : bytes[..length];
            bytes = length < 0 ? default : bytes[(length + 1)..];
            line = line.EndsWith("\r"u8) ? line[..^1] : line;
            try
            {
                return line.Length > DocumentLimits.LineBytes
                    ? throw new DocumentException(Document, number, $"the line has {line.Length} bytes; at most {DocumentLimits.LineBytes} are allowed")
                    : Strict.GetString(line);
            }
            catch (DecoderFallbackException)
            {
                throw new DocumentException(Document, number, "the line is not valid UTF-8: write the file in ASCII or UTF-8 without a byte order mark");
            }
        }

        private void Take(string text, int number)
        {
            if (number == 1)
            {
                _ = text == Head ? 0 : throw new DocumentException(Document, 1, $"the first line must be '{Head}'");
                return;
            }

            var key = text.Split(' ', 2)[0];
            var line = new LineReader(Document, number, text, key.Length);
            switch (key)
            {
                case "os":
                    _os = Once(_os, line, key, (Name(line, "os-release ID").ToLowerInvariant(), Release(line)));
                    break;
                case "arch":
                    _arch = Once(_arch, line, key, Name(line, "an architecture"));
                    break;
                case "kernel":
                    _kernel = Once(_kernel, line, key, line.Word("a kernel's release"));
                    break;
                case "taken":
                    _taken = Once(_taken, line, key, line.Seconds());
                    break;
                case "package":
                    _packages.Add(Package(line));
                    break;
                case "product":
                    _products.Add(new ReportedProduct(line.Word(IsBuild, "a build, 10.0.19045.3803, or '-' where it has none") is not None and var build ? build : null, line.Text()));
                    break;
                case "listen":
                    _listens.Add(new ListeningSocket(line.OneOf("tcp", "udp") == 0 ? "tcp" : "udp", line.Word("an address"), line.Int("a port", 1, 65_535)));
                    break;
                case "end":
                    break;
                default:
                    ListOf(key, line).Add(key == "module" ? Module(line) : key == "update" ? line.Word(IsUpdate, "the number of an update, KB5034122") : line.Word("a name"));
                    break;
            }

            line.End();
        }

        private ImmutableArray<string>.Builder ListOf(string key, LineReader line) => key switch
        {
            "source" => _sources,
            "module" => _modules,
            "hold" => _holds,
            "update" => _updates,
            "" => throw line.Refuse("the line is empty, or begins with a space"),
            _ => throw line.Refuse($"'{FreeText.From(key.Length > 80 ? key[..80] : key)}' is not one of os, arch, taken, kernel, source, module, hold, package, product, update, listen, end"),
        };

        // NAME ARCH VERSION, then nothing, SOURCE SOURCEVERSION or a .src.rpm, then the stream that it was built for.
        private static ReportedPackage Package(LineReader line)
        {
            var package = new ReportedPackage(line.Word("a package"), Name(line, "an architecture"), line.Word("a version"));
            var more = new List<string>();
            while (line.HasMore && more.Count < 3)
            {
                more.Add(line.Word("a source package, its version, or module=NAME:STREAM"));
            }

            if (more.Count > 0 && more[^1].StartsWith(ModuleMark, StringComparison.Ordinal))
            {
                package = package with { Module = StreamOf(more[^1][ModuleMark.Length..]) ?? throw line.Refuse($"'{more[^1]}' is not module=NAME:STREAM") };
                more.RemoveAt(more.Count - 1);
            }

            return more switch
            {
                [] => package,
                [var file] when IsSourceRpm(file) => package with { Source = file },
                [var source, var version] when !IsSourceRpm(source) => package with { Source = source, SourceVersion = version },
                _ => throw line.Refuse("behind the version stand a source package and its version, or the name of a .src.rpm, or nothing"),
            };
        }

        private HostReport Whole()
        {
            var os = _os ?? throw new DocumentException(Document, 0, "there is no line 'os ID RELEASE'");
            var report = new HostReport
            {
                OsId = os.Id,
                OsRelease = os.Release,
                Arch = _arch ?? throw new DocumentException(Document, 0, "there is no line 'arch ARCHITECTURE'"),
                Kernel = _kernel ?? "",
                Taken = _taken,
                Sources = Sorted(_sources),
                Modules = [.. _modules.Concat(_packages.Select(p => p.Module).OfType<string>()).Distinct().Order(StringComparer.Ordinal)],
                Holds = Sorted(_holds),
                Packages = [.. _packages.Distinct().OrderBy(Text, StringComparer.Ordinal)],
                Products = [.. _products.Distinct().OrderBy(p => $"{Or(p.Build)} {p.Name}", StringComparer.Ordinal)],
                Updates = Sorted(_updates),
                Listens = [.. _listens.Distinct().OrderBy(l => $"{l.Protocol} {l.Address} {l.Port}", StringComparer.Ordinal)],
            };
            Check(report);
            return report;
        }

        private static void Check(HostReport report)
        {
            var problem = report.IsWindows
                ? report.Products.IsEmpty ? "a host of windows has at least one line 'product BUILD NAME'" : !report.Packages.IsEmpty ? "a host of windows has products and updates, and no packages" : null
                : report.Packages.IsEmpty ? "there is no line 'package NAME ARCH VERSION': a host without packages would have nothing open"
                : report.Products.Length + report.Updates.Length > 0 ? $"products and updates are of hosts of windows; this one is {report.OsId}"
                : report.Modules.IsEmpty && report.Packages.FirstOrDefault(p => Matching.Modularity.IsModular(p.Version)) is { } modular
                    ? $"{modular.Name} {modular.Version} was built for a module, and no line 'module NAME:STREAM' says which streams are enabled"
                : report.Packages.All(p => p.Source is null) && Advisories.Platforms.NamesSourcePackages(Matching.HostPlatforms.Of(report.OsId, report.OsRelease, []).Platforms[0])
                    ? $"no package says what it was built from, and advisories for {report.OsId} name source packages: add SOURCE, and SOURCE-VERSION where it is not in it, to the lines 'package'" : null;
            _ = problem is null ? 0 : throw new DocumentException(Document, 0, problem);
        }

        private static ImmutableArray<string> Sorted(IEnumerable<string> texts) => [.. texts.Distinct().Order(StringComparer.Ordinal)];

        private static T Once<T>(T? before, LineReader line, string key, T now) => before is null ? now : throw line.Refuse($"a second line '{key}'");

        private static string Name(LineReader line, string what) =>
            line.Word(t => t.Length is >= 1 and <= 63 && !t.ContainsAnyExcept(NameChars), $"{what}: 1 to 63 of A-Z, a-z, 0-9, '.', '_' and '-'");

        private static string Release(LineReader line) => Name(line, "os-release VERSION_ID, or '-' where there is none") is not None and var release ? release : "";

        private static string Module(LineReader line) => line.Word("NAME:STREAM") is var word && StreamOf(word) is { } stream ? stream : throw line.Refuse("a module is NAME:STREAM");

        // rpm's label goes on with version and context.
        private static string? StreamOf(string label) => label.Split(':') is [{ Length: > 0 } name, { Length: > 0 } stream, ..] ? $"{name}:{stream}" : null;

        private static bool IsSourceRpm(string word) => word.EndsWith(".src.rpm", StringComparison.Ordinal) || word.EndsWith(".nosrc.rpm", StringComparison.Ordinal);

        private static bool IsUpdate(ReadOnlySpan<char> word) => word.Length is 8 or 9 && word.StartsWith("KB") && !word[2..].ContainsAnyExceptInRange('0', '9');

        private static bool IsBuild(ReadOnlySpan<char> word) =>
            word is None || (word.Length <= 63 && char.IsAsciiDigit(word[0]) && char.IsAsciiDigit(word[^1]) && !word.ContainsAnyExcept("0123456789.") && word.IndexOf("..") < 0);
    }
}
