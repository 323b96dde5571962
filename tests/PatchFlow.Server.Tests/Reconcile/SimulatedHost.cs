using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Tests.Reconcile;

/// <summary>
/// A host with the semantics of docs/host-protocol.md: files by digest, tickets that run once and outlive every server, dpkg's state
/// and log, epoch and sequence. Work goes on with <see cref="Work"/>, two steps a ticket, so that it can be cut off in the middle.
/// </summary>
internal sealed class SimulatedHost(string id)
{
    private readonly Dictionary<string, SimulatedTicket> _tickets = new(StringComparer.Ordinal);

    public string Id { get; } = id;

    public string Group { get; set; } = "web";

    public SortedDictionary<string, string> Packages { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Holds { get; } = [];

    public HashSet<string> HalfInstalled { get; } = [];

    public List<string> DpkgLog { get; } = [];

    /// <summary>Every call's words, in order.</summary>
    public List<string> Calls { get; } = [];

    public HashSet<Digest> Files { get; } = [];

    public long Epoch { get; set; }

    public long Sequence { get; set; }

    public bool IsReachable { get; set; } = true;

    /// <summary>The exit status of a ticket's work; null lets it do what it should.</summary>
    public Func<TicketId, int?> Exits { get; set; } = _ => null;

    /// <summary>What a ticket says that ends as <see cref="Exits"/> has it.</summary>
    public string Complaint { get; set; } = "it was told to fail";

    /// <summary>What a call brings instead of its effect: an answer, or the exception that it throws; null lets it do what it should.</summary>
    public Func<ImmutableArray<string>, HostReply?> Instead { get; set; } = _ => null;

    /// <summary>The state in which a ticket begins: <c>pending</c> launches at the next work, <c>lost</c> never does; null runs at once.</summary>
    public Func<TicketId, string?> Begins { get; set; } = _ => null;

    /// <summary>What each ticket says besides.</summary>
    public string Chatter { get; set; } = "";

    public IEnumerable<SimulatedTicket> Tickets => _tickets.Values;

    public HostReply Answer(ImmutableArray<string> words, byte[] input)
    {
        Calls.Add(string.Join(' ', words));
        return Instead(words) ?? words switch
        {
            ["inventory"] => Good(Inventory().ToBytes()),
            ["staged"] => Good(Encoding.ASCII.GetBytes(string.Concat(Files.Select(f => $"{f.Hex}\n")))),
            ["stage", var digest, var length] => Stage(digest, length, input),
            ["start", var ticket, var length, var digest] => Start(ticket, length, digest, input),
            ["status", var ticket, var cursor, ..] => Status(ticket, int.Parse(cursor, CultureInfo.InvariantCulture)),
            ["complete", var ticket] => Complete(ticket),
            _ => Bad(50, $"unknown call {words[0]}"),
        };
    }

    /// <summary>All tickets that run go on by one step.</summary>
    public void Work()
    {
        var pending = _tickets.Values.Where(t => t.State == "pending").ToList();
        foreach (var ticket in _tickets.Values.Where(t => t.State == "running").ToList())
        {
            ticket.Step(this);
        }

        pending.ForEach(t => t.State = "running");
    }

    /// <summary>Whatever runs is killed in the middle, and leaves no exit status.</summary>
    public void Kill() => _tickets.Values.Where(t => t.State == "running").ToList().ForEach(t => t.State = "interrupted");

    public Inventory Inventory() => new()
    {
        Host = Id,
        OsId = "debian",
        OsRelease = "12",
        Arch = "amd64",
        Kernel = "6.1.0",
        BootId = "0b7f9a52-1c1e-4f0e-9d53-0b6e2c1c9d10",
        InitStart = 1,
        Epoch = Epoch,
        Sequence = Sequence,
        RebootNeeded = false,
        Holds = [.. Holds],
        Packages = [.. Packages.Select(p => new InstalledPackage(p.Key, "amd64", p.Value))],
    };

    private HostReply Stage(string digest, string length, byte[] input)
    {
        if (input.Length != int.Parse(length, CultureInfo.InvariantCulture) || Digest.Of(input).Hex != digest)
        {
            return Bad(51, "torn: nothing was kept");
        }

        return Good(Files.Add(Digest.Parse(digest)) ? "staged\n" : "exists\n");
    }

    private HostReply Start(string name, string length, string digest, byte[] input)
    {
        if (input.Length != int.Parse(length, CultureInfo.InvariantCulture) || Digest.Of(input).Hex != digest)
        {
            return Bad(51, "torn: nothing was started");
        }

        var start = StartInput.Parse(input);
        if (_tickets.TryGetValue(name, out var known))
        {
            return known.Plan == Digest.Of(start.Head.Span) ? Good("exists\n") : Bad(53, "this ticket exists with another plan");
        }

        if (WhyNot(start, name) is { } why)
        {
            return why;
        }

        Epoch = Math.Max(Epoch, start.Epoch);
        Sequence = Math.Max(Sequence, SealedPlan.Parse(start.Head.Span).Sequence);
        _tickets[name] = new SimulatedTicket(start) { State = Begins(start.Ticket) ?? "running" };
        return Good("started\n");
    }

    private HostReply? WhyNot(StartInput start, string name)
    {
        var ticket = start.Ticket;
        var before = ticket.Attempt == 1 ? null : _tickets.GetValueOrDefault((ticket with { Attempt = ticket.Attempt - 1 }).ToString());
        return ticket.ToString() != name ? Bad(53, "the start document is for another ticket")
            : ticket.Host != Id ? Bad(54, "the ticket is for another host")
            : start.Epoch < Epoch ? Bad(55, "the epoch is lower than one seen")
            : ticket.Kind == TicketKind.Install && SealedPlan.Parse(start.Head.Span).Sequence < Sequence ? Bad(56, "the sequence is lower than one seen")
            : _tickets.ContainsKey(ticket.Next().ToString()) ? Bad(60, "a later attempt was begun")
            : ticket.Attempt > 1 && before is null ? Bad(60, "the attempt before is not known here")
            : _tickets.Values.Any(t => t.State is "running" or "pending") ? Bad(60, "another ticket runs")
            : null;
    }

    private HostReply Status(string name, int cursor)
    {
        if (!_tickets.TryGetValue(name, out var ticket))
        {
            return Good("absent\nlog 0\n");
        }

        var log = Encoding.UTF8.GetBytes(ticket.Log);
        var from = Math.Min(cursor, log.Length);
        var next = Math.Min(log.Length, from + (256 * 1024));
        return Good([.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{ticket.State}\nlog {next}\n")), .. log[from..next]]);
    }

    private HostReply Complete(string name)
    {
        if (!_tickets.TryGetValue(name, out var ticket) || ticket.State is "running" or "pending")
        {
            return Bad(60, "only a ticket that has ended can be completed");
        }

        ticket.State = "done";
        return Good("done\n");
    }

    private static HostReply Good(string output) => Good(Encoding.ASCII.GetBytes(output));

    private static HostReply Good(byte[] output) => new(0, output, "");

    public static HostReply Bad(int code, string why) => new(code, ReadOnlyMemory<byte>.Empty, $"patchflow-host: {why}");
}
