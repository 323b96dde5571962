using System.Text;
using PatchFlow.Core.Auditing;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Tests.Documents;

/// <summary>Valid documents with random values, in random order where order is the writer's business.</summary>
internal sealed class RandomDocuments(int seed)
{
    private const string Lower = "abcdefghijklmnopqrstuvwxyz0123456789";
    private readonly Random _random = new(seed);

    internal byte[] Bytes(string kind) => kind switch
    {
        "plan" => Plan([Profile(), Profile()], [Wave(0), Wave(1)]).ToBytes(),
        "content" => Content().ToBytes(),
        "checks" => Checks([Profile(), Profile()]).ToBytes(),
        "evidence" => new Evidence { Plan = Hash(), Runs = Some(1, 5, () => new EvidenceRun(Profile(), (Verdict)_random.Next(3), Hash())) }.ToBytes(),
        "decision" => Decision().ToBytes(),
        "targets" => Wave().ToBytes(),
        "inventory" => Inventory().ToBytes(),
        "entry" => Entry().ToBytes(),
        "start" => Start().ToBytes(),
        _ => throw new ArgumentException($"no document kind '{kind}'"),
    };

    internal int Next(int most) => _random.Next(most);

    private SealedPlan Plan(string[] profiles, PlanWave[] waves) => new()
    {
        Change = Number(1),
        Sequence = Number(1),
        Kind = (ChangeKind)_random.Next(3),
        Pipeline = Id(),
        PipelineDigest = Hash(),
        ProposedBy = Subject(),
        TriggeredBy = Subject(),
        Snapshots = [.. Some(1, 4, Snapshot).DistinctBy(s => s.Feed)],
        Contents = [.. profiles.Select(p => new PlanContent(p, Hash()))],
        Checks = Hash(),
        Waves = [.. waves],
        Budgets = [.. Some(0, 3, () => new PlanBudget(Id(), 1 + _random.Next(9))).DistinctBy(b => b.Service)],
        Windows = [.. Some(0, 3, () => $"weekly {Pick("Mon", "Sun")} {_random.Next(24):00}:{_random.Next(60):00} PT4H Etc/GMT+{_random.Next(12)}").Distinct()],
        NotAfter = Time(),
    };

    private PlanWave Wave(int number) => new(
        number, 1 + _random.Next(5000), Hash(), _random.Next(9), TimeSpan.FromSeconds(_random.Next(500_000)), 1 + _random.Next(90));

    private ContentPart Content()
    {
        var upgrades = Some(1, 6, () => new PackageUpgrade(Package(), Pick("amd64", "all"), $"{Version()}a", $"{Version()}b"))
            .DistinctBy(u => (u.Name, u.Arch)).ToArray();
        var installs = Some(0, 3, () => new PackageVersion($"new{Package()}", Pick("amd64", "all"), Version())).DistinctBy(p => (p.Name, p.Arch)).ToArray();
        var old = upgrades.Select(u => new PackageVersion(u.Name, u.Arch, u.From)).ToLookup(_ => _random.Next(3) > 0);
        var files = upgrades.Select(u => new PackageVersion(u.Name, u.Arch, u.To)).Concat(installs).Concat(old[true]).ToArray();
        var release = Pick("12", "22.04");
        return new()
        {
            Profile = $"{Id()}-debian-{release}-amd64-{Hash().Hex[..8]}",
            OsId = "debian",
            OsRelease = release,
            Arch = "amd64",
            Indices = [.. Some(1, 3, Snapshot).DistinctBy(s => s.Feed)],
            Upgrades = [.. upgrades],
            Installs = [.. installs],
            Files = Shuffled(files.Select(p => new PackageFile(p.Name, p.Arch, p.Version, Number(1), Hash()))),
            Irreversible = Shuffled(old[false]),
            Restarts = [.. Some(0, 3, () => "u" + Foreign()).Distinct()],
            Reboot = _random.Next(2) == 0,
        };
    }

    private ChecksPart Checks(string[] profiles) => new()
    {
        Checks = [.. Some(0, 6, () => new PlannedCheck(Pick(profiles), Id(), Hash(), Next(2) == 0, Next(2) == 0)).DistinctBy(c => (c.Profile, c.Name))],
    };

    private Decision Decision()
    {
        var at = Time();
        return new()
        {
            Change = Number(1),
            Plan = Hash(),
            Evidence = Hash(),
            Policy = Hash(),
            Subject = $"user:{Id()}",
            Gate = Id(),
            Vote = (Vote)_random.Next(3),
            At = at,
            Expires = at.AddSeconds(1 + _random.Next(1_000_000)),
            Nonce = Hash().Hex[..32],
            Reason = Text(),
        };
    }

    private Targets Wave() => Targets.Of(
        Some(1, 9, () => new Target(Id(), Profile(), Hash())).DistinctBy(t => t.Host).Where(t => !t.IsReplica).DefaultIfEmpty(new("h", Profile(), Hash())));

    private Inventory Inventory() => new()
    {
        Host = Id(),
        OsId = Pick("debian", "ubuntu"),
        OsRelease = Pick("12", "22.04"),
        Arch = Pick("amd64", "arm64"),
        Kernel = Foreign(),
        BootId = Foreign(),
        InitStart = Number(0),
        Epoch = Number(0),
        Sequence = Number(0),
        Holds = [.. Some(0, 3, Package).Distinct()],
        Sources = [.. Some(0, 3, () => new PackageSource(Foreign(), Foreign())).Distinct()],
        Packages = [.. Some(0, 9, () => new InstalledPackage(Package(), Pick("amd64", "all"), Version())).DistinctBy(p => (p.Name, p.Arch))],
        Origins = [.. Some(0, 5, () => new PackageOrigin(Package(), Pick("amd64", "all"), Package(), Version())).DistinctBy(p => (p.Name, p.Arch))],
        EditedConffiles = [.. Some(0, 3, () => "/" + Foreign()).Distinct()],
        Services = [.. Some(0, 5, () => new HostService("u" + Foreign(), Pick("active", "failed"))).DistinctBy(s => s.Unit)],
        Listens = [.. Some(0, 4, () => new ListeningSocket(Pick("tcp", "udp"), Foreign(), 1 + _random.Next(65_535))).Distinct()],
        RestartNeeded = [.. Some(0, 2, () => "u" + Foreign()).Distinct()],
        RebootNeeded = _random.Next(2) == 0,
        Tickets = [.. Some(0, 4, () => new HostTicket(Ticket(Hash(), Id()), Pick("pending", "running", "exited", "interrupted", "lost", "done"))).DistinctBy(t => t.Ticket)],
    };

    private AuditEntry Entry() => new()
    {
        Sequence = Number(1),
        At = Time().AddMilliseconds(_random.Next(1000)),
        Actor = Subject(),
        Origin = Foreign(),
        Action = Foreign(),
        Object = Foreign(),
        Digest = _random.Next(2) == 0 ? Hash() : null,
        Details = Some(0, 4, Text),
    };

    private StartInput Start()
    {
        var part = Content();
        var (content, checks) = (part.ToBytes(), Checks([part.Profile]).ToBytes());
        var me = new Target("me", part.Profile, Digest.Of(content));
        var targets = Targets.Of(Wave().Hosts.Append(me).DistinctBy(t => t.Host));
        var at = targets.Hosts.IndexOf(me);
        var wave = Wave(1) with { Hosts = targets.Hosts.Length, Root = targets.Root() };
        var plan = Plan([Profile()], [Wave(0), wave]);
        var head = (plan with
        {
            Snapshots = part.Indices,
            Contents = [.. plan.Contents, new(me.Profile, me.Content)],
            Checks = Digest.Of(checks),
        }).ToBytes();
        var parts = new PlanParts(head, content, checks);
        return _random.Next(3) == 0
            ? StartInput.ForReplica(Ticket(Digest.Of(head), "replica"), Number(0), parts)
            : StartInput.ForHost(Ticket(Digest.Of(head), "me"), Number(0), parts, 1, me, targets.ProofFor(at));
    }

    private TicketId Ticket(Digest plan, string host) => TicketId.Of(plan, (TicketKind)_random.Next(9), host, 1 + _random.Next(9999));

    private System.Collections.Immutable.ImmutableArray<T> Some<T>(int least, int most, Func<T> make) =>
        [.. Enumerable.Range(0, _random.Next(least, most + 1)).Select(_ => make())];

    private System.Collections.Immutable.ImmutableArray<T> Shuffled<T>(IEnumerable<T> items) => [.. items.OrderBy(_ => _random.Next()).ToArray()];

    private T Pick<T>(params T[] items) => items[_random.Next(items.Length)];

    private string Chars(string alphabet, int least, int most) =>
        new([.. Enumerable.Range(0, _random.Next(least, most + 1)).Select(_ => alphabet[_random.Next(alphabet.Length)])]);

    private long Number(long least) => _random.Next(4) == 0 ? least : _random.NextInt64(least, DocumentLimits.MostNumber + 1);

    private string Id() => Chars(Lower + "-", 1, _random.Next(8) == 0 ? 63 : 8);

    private string Subject() => _random.Next(2) == 0 ? "system" : $"user:{Id()}";

    private string Profile() => $"{Id()}-debian-12-amd64-{Hash().Hex[..8]}";

    private string Package() => Chars(Lower, 1, 1) + Chars(Lower + "+.-", 1, 20);

    private string Version() => (_random.Next(3) == 0 ? $"{_random.Next(9)}:" : "") + Chars("0123456789", 1, 1) + Chars(Lower + "ABZ.+~-", 0, 12) + "1";

    private string Foreign()
    {
        var raw = new byte[_random.Next(1, 24)];
        _random.NextBytes(raw);
        return PercentEncoding.Encode(raw);
    }

    private PlanSnapshot Snapshot() => new(Chars(Lower + ".-", 1, 12), Time(), Hash());

    private DateTimeOffset Time() => DateTimeOffset.UnixEpoch.AddSeconds(_random.NextInt64(200_000_000_000));

    private Digest Hash()
    {
        Span<byte> raw = stackalloc byte[32];
        _random.NextBytes(raw);
        return Digest.FromBytes(raw);
    }

    private string Text()
    {
        var text = new StringBuilder();
        for (var i = _random.Next(1, 40); i > 0; i--)
        {
            text.Append(Rune.TryCreate(_random.Next(3) == 0 ? _random.Next(0x11_0000) : _random.Next(0x20, 0x7f), out var rune) ? rune : new Rune('x'));
        }

        return FreeText.From(text.ToString());
    }
}
