using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Server.Tests.Reconcile;

/// <summary>A ticket's directory on a simulated host, and its work.</summary>
internal sealed class SimulatedTicket(StartInput start)
{
    private readonly ContentPart _content = ContentPart.Parse(start.Content.Span);
    private int _step;

    public TicketId Id { get; } = start.Ticket;

    public Digest Plan { get; } = Digest.Of(start.Head.Span);

    public string State { get; set; } = "running";

    public string Log { get; private set; } = "begun\n";

    /// <summary>The first step goes half the way, the second to the end.</summary>
    public void Step(SimulatedHost host)
    {
        _step++;
        Log += host.Chatter;
        if (host.Exits(Id) is { } code)
        {
            Exit(code, host.Complaint);
        }
        else if (Id.Kind is TicketKind.Install or TicketKind.Rollback)
        {
            Move(host, Id.Kind == TicketKind.Install);
        }
        else if (_step == 2)
        {
            Verify(host, Id.Kind == TicketKind.CheckAfter);
        }
    }

    private void Move(SimulatedHost host, bool isForward)
    {
        if (_content.Files.Any(f => !host.Files.Contains(f.Digest)))
        {
            Exit(11, "a planned file is not here");
            return;
        }

        if (_content.Upgrades.Any(u => host.Packages[u.Name] != u.From && host.Packages[u.Name] != u.To))
        {
            Exit(10, "drifted");
            return;
        }

        // The first half of the packages, and one more that is only unpacked: what a killed dpkg leaves.
        var todo = _content.Upgrades.Where(u => host.Packages[u.Name] != (isForward ? u.To : u.From) || host.HalfInstalled.Contains(u.Name)).ToList();
        foreach (var upgrade in _step == 1 ? todo.Take(todo.Count / 2) : todo)
        {
            var (from, to) = isForward ? (upgrade.From, upgrade.To) : (upgrade.To, upgrade.From);
            host.Packages[upgrade.Name] = to;
            host.HalfInstalled.Remove(upgrade.Name);
            host.DpkgLog.Add($"upgrade {upgrade.Name}:{upgrade.Arch} {from} {to}");
        }

        if (_step == 1 && todo.Count > todo.Count / 2)
        {
            host.HalfInstalled.Add(todo[todo.Count / 2].Name);
        }
        else
        {
            Exit(0, "done");
        }
    }

    private void Verify(SimulatedHost host, bool isForward)
    {
        var isGood = host.HalfInstalled.Count == 0 && _content.Upgrades.All(u => host.Packages[u.Name] == (isForward ? u.To : u.From));
        Exit(isGood ? 0 : 30, isGood ? "verified" : "versions differ");
    }

    private void Exit(int code, string why)
    {
        Log += code == 0 ? $"{why}\n" : $"@fail {code} {why}\n";
        State = $"exited {code}";
    }
}
