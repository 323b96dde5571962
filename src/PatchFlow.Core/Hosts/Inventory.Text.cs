using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Hosts;

public sealed partial record Inventory
{
    private const string Document = "patchflow-inventory";
    private static readonly string[] TicketStates = ["pending", "running", "exited", "interrupted", "lost", "done"];

    /// <summary>The canonical bytes; sets are sorted here.</summary>
    /// <exception cref="DocumentException">A value or a rule of the format is broken.</exception>
    public byte[] ToBytes()
    {
        var writer = new DocumentWriter(Document, 1);
        writer.Line("host", Host);
        writer.Line("os", OsId, OsRelease);
        writer.Line("arch", Arch);
        writer.Line("kernel", Kernel);
        writer.Line("boot", BootId, DocumentWriter.Text(InitStart));
        writer.Line("epoch", DocumentWriter.Text(Epoch));
        writer.Line("sequence", DocumentWriter.Text(Sequence));
        writer.Set("hold", Holds, name => [name]);
        writer.Set("source", Sources, s => [s.Uri, s.Suite]);
        writer.Set("package", Packages, p => [p.Name, p.Arch, p.Version]);
        writer.Set("built-from", Origins, o => [o.Name, o.Arch, o.Source, o.SourceVersion]);
        writer.Set("conffile-edited", EditedConffiles, path => [path]);
        writer.Set("service", Services, s => [s.Unit, s.State]);
        writer.Set("listen", Listens, s => [s.Protocol, s.Address, DocumentWriter.Text(s.Port)]);
        writer.Set("restart-needed", RestartNeeded, unit => [unit]);
        writer.Line("reboot-needed", RebootNeeded ? "yes" : "no");
        writer.Set("ticket", Tickets, t => [t.Ticket.ToString(), t.State]);
        var bytes = writer.ToBytes();
        _ = Parse(bytes);
        return bytes;
    }

    /// <summary>The digest of the canonical bytes.</summary>
    /// <exception cref="DocumentException">As <see cref="ToBytes"/>.</exception>
    public Digest ComputeDigest() => Digest.Of(ToBytes());

    /// <summary>
    /// Reads exactly what <see cref="ToBytes"/> writes. Names of packages, units and files stay percent-encoded as the host sent
    /// them; an inventory says what is there, so that packages need not keep Debian's grammar as they must in a plan.
    /// </summary>
    /// <exception cref="DocumentException">The bytes are anything else.</exception>
    public static Inventory Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = DocumentReader.Open(Document, 1, bytes, DocumentLimits.InventoryBytes);
        var host = reader.One("host", l => l.Id("a host"));
        var (os, release) = reader.One("os", l => (OsWord(l), OsWord(l)));
        var arch = reader.One("arch", l => l.Arch());
        var kernel = reader.One("kernel", l => l.Word("a kernel's release"));
        var (boot, init) = reader.One("boot", l => (l.Word("a boot id"), l.Number("PID 1's start time", 0)));
        var inventory = new Inventory
        {
            Host = host,
            OsId = os,
            OsRelease = release,
            Arch = arch,
            Kernel = kernel,
            BootId = boot,
            InitStart = init,
            Epoch = reader.One("epoch", l => l.Number("an epoch", 0)),
            Sequence = reader.One("sequence", l => l.Number("a sequence", 0)),
            Holds = reader.Set("hold", 1, l => l.Word("a package")),
            Sources = reader.Set("source", 2, l => new PackageSource(l.Word("a URI, percent-encoded"), l.Word("a suite"))),
            Packages = reader.Set("package", 2, l => new InstalledPackage(l.Word("a package"), l.Arch(), l.Word("a version"))),
            Origins = reader.Set("built-from", 2, l => new PackageOrigin(l.Word("a package"), l.Arch(), l.Word("a source package"), l.Word("a version"))),
            EditedConffiles = reader.Set("conffile-edited", 1, l => l.Word("a path, percent-encoded")),
            Services = reader.Set("service", 1, l => new HostService(l.Unit(), l.Word("a state"))),
            Listens = reader.Set("listen", 3, ReadSocket),
            RestartNeeded = reader.Set("restart-needed", 1, l => l.Unit()),
            RebootNeeded = reader.One("reboot-needed", l => l.OneOf("no", "yes") == 1),
            Tickets = reader.Set("ticket", 1, l => new HostTicket(TicketId.Read(l), TicketStates[l.OneOf(TicketStates)])),
        };
        reader.End();
        return inventory;
    }

    private static string OsWord(LineReader line) => line.Word(Grammar.IsOsWord, "a word of os-release");

    private static ListeningSocket ReadSocket(LineReader line) => new(
        line.OneOf("tcp", "udp") == 0 ? "tcp" : "udp",
        line.Word("an address"),
        line.Int("a port", 1, 65_535));
}
