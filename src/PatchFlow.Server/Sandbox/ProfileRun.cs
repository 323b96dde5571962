using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Sandbox;

/// <summary>
/// One profile's test: checks, the patch, checks, the back-out, checks, each as a ticket through the helper. What breaks under the patch
/// fails; whatever says nothing about the patch is inconclusive, never a pass.
/// </summary>
internal sealed class ProfileRun(
    SandboxRequest request, string profile, Replicas replicas, ReplicaImages images, PackageSources sources, StagedFiles files, SandboxOptions options, StageClock clock, string kernel)
{
    /// <summary>The stages in their order.</summary>
    public static readonly string[] Stages = ["replica", "before", "patch", "after", "back-out", "rehearsed"];

    private readonly ContentPart _content = ContentPart.Parse(request.Contents[profile]);
    private readonly Inventory _host = request.Examples[profile];
    private readonly List<BundleLog> _logs = [];
    private readonly List<string> _findings = [];
    private ImmutableArray<string> _fidelity = [];
    private ReplicaImage? _image;

    /// <summary>Runs it to its verdict.</summary>
    /// <exception cref="SandboxException">The sandbox fails, and not the test: no engine, no base image, no space. It counts for nothing.</exception>
    /// <exception cref="FeedException">A file can't be had now.</exception>
    /// <exception cref="HostUnreachableException">The replica is gone.</exception>
    public async Task<ProfileResult> RunAsync(CancellationToken cancel)
    {
        try
        {
            using var place = await replicas.TakePlaceAsync(cancel);
            clock.Begin("replica");
            await using var replica = await StartAsync(cancel);
            return await TestAsync(replica, cancel);
        }
        catch (Exception e) when (clock.IsAtWork && (e is SandboxException or HostUnreachableException or FeedException))
        {
            clock.End("inconclusive", e.Message);
            throw;
        }
        catch (Exception e) when (e is InconclusiveException or HostRefusedException or DocumentException)
        {
            if (clock.IsAtWork)
            {
                clock.End("inconclusive", e.Message);
            }

            return Result(Verdict.Inconclusive, e.Message);
        }
    }

    private async Task<Replica> StartAsync(CancellationToken cancel)
    {
        clock.Say("packages");
        _image = await images.GetAsync(_host, sources, cancel);
        RequireFromVersions(_image.Recipe);
        clock.Say(_image.IsCached ? "starting, from the kept image" : "starting");
        var replica = await replicas.StartAsync(_image.Id, $"{request.Run}", cancel);
        try
        {
            await replica.WaitUntilUpAsync(options.StartSeconds, cancel);
            await DescribeAsync(replica, cancel);
            clock.Say("delivering files");
            await files.DeliverAsync(replica, Protocol(replica), _content, request.CheckFiles, sources, cancel);
            clock.End("pass", _image.IsCached ? "kept image" : $"{_image.Recipe.Needed.Length} packages beyond the base");
            return replica;
        }
        catch
        {
            await replica.DisposeAsync();
            throw;
        }
    }

    // Where the replica can't have what the host has, a test of the step from there says nothing.
    private void RequireFromVersions(ReplicaRecipe recipe)
    {
        var wanted = recipe.Wanted.ToHashSet();
        var missing = _content.Upgrades.Where(u => !wanted.Contains(new InstalledPackage(u.Name, u.Arch, u.From))).ToList();
        if (missing.Count > 0)
        {
            throw new InconclusiveException(
                $"the replica can't have {string.Join(", ", missing.Select(u => $"{u.Name} {u.From}"))} as the host {_host.Host}: no feed lists it any more; update that host by hand, or add the feed it came from");
        }
    }

    private async Task DescribeAsync(Replica replica, CancellationToken cancel)
    {
        var present = PresentPackage.Read(await replica.RequireAsync("packages", [], cancel));
        var active = _host.Services.Where(s => s.State == "active").Select(s => PercentEncoding.Decode(s.Unit));
        var services = replica.Init == InitMode.Systemd
            ? Lines(await replica.RequireAsync("services", [], cancel)).Select(PercentEncoding.Encode).ToList()
            : null;
        var unstarted = services is null ? Lines(await replica.RequireAsync("start-services", active, cancel)) : [];
        _fidelity =
        [
            .. Fidelity.Of(_host, _image!, present, services, replica.Init == InitMode.Systemd ? null : replicas.WhyNoSystemd, kernel, options),
            .. unstarted.Select(line => $"service: {line}"),
        ];
    }

    private async Task<ProfileResult> TestAsync(Replica replica, CancellationToken cancel)
    {
        var tickets = new ReplicaTickets(Protocol(replica), new PlanParts(request.Head, request.Contents[profile], request.Checks), options);
        if (await StepAsync(tickets, "before", TicketKind.CheckBefore, cancel) is { IsGood: false } before)
        {
            return Result(Verdict.Inconclusive, $"the checks do not pass before the patch: {TicketWords.Why(before)}");
        }

        var facts = await Probes.TakeAsync(replica, cancel);
        if (await StepAsync(tickets, "patch", TicketKind.Install, cancel) is { IsGood: false } patch)
        {
            return Result(TicketWords.VerdictOfPatch(patch), $"the patch: {TicketWords.Why(patch)}");
        }

        if (await StepAsync(tickets, "after", TicketKind.CheckAfter, cancel) is { IsGood: false } after)
        {
            return Result(TicketWords.VerdictOfChecks(after), $"after the patch: {TicketWords.Why(after)}");
        }

        _findings.InsertRange(0, Probes.Compare(facts, await Probes.TakeAsync(replica, cancel)));
        return await BackOutAsync(tickets, cancel);
    }

    private async Task<ProfileResult> BackOutAsync(ReplicaTickets tickets, CancellationToken cancel)
    {
        if (!_content.Irreversible.IsEmpty)
        {
            var why = $"not possible: the old file of {string.Join(' ', _content.Irreversible.Select(p => p.Name))} can't be had";
            clock.Begin("back-out");
            clock.End("inconclusive", why);
            return Result(Verdict.Pass, $"{Passed} The back-out is {why}.");
        }

        if (await StepAsync(tickets, "back-out", TicketKind.Rollback, cancel) is { IsGood: false } rollback)
        {
            return Result(TicketWords.VerdictOfPatch(rollback), $"the back-out: {TicketWords.Why(rollback)}");
        }

        return await StepAsync(tickets, "rehearsed", TicketKind.CheckRehearsed, cancel) is { IsGood: false } rehearsed
            ? Result(TicketWords.VerdictOfChecks(rehearsed), $"after the back-out: {TicketWords.Why(rehearsed)}")
            : Result(Verdict.Pass, $"{Passed} The back-out was rehearsed.");
    }

    private string Passed => $"{_content.Upgrades.Length} upgrades and {_content.Installs.Length} new packages; all checks passed before and after; {_findings.Count} findings.";

    private async Task<TicketEnd> StepAsync(ReplicaTickets tickets, string stage, TicketKind kind, CancellationToken cancel)
    {
        clock.Begin(stage);
        var end = await tickets.RunAsync(kind, cancel);
        _logs.Add(Bundle.Cut(stage, end.Log));
        _findings.AddRange(TicketWords.Findings(stage, end));
        var verdict = end.IsGood ? Verdict.Pass : kind switch
        {
            TicketKind.CheckBefore => Verdict.Inconclusive,
            TicketKind.Install or TicketKind.Rollback => TicketWords.VerdictOfPatch(end),
            _ => TicketWords.VerdictOfChecks(end),
        };
        clock.End(Bundle.WordOf(verdict), end.IsGood ? TicketWords.Good(end) : TicketWords.Why(end), end.Ticket.ToString(), end.ExitCode);
        return end;
    }

    private HostProtocol Protocol(Replica replica) => new(new DockerExecChannel(replicas.Engine, replica.Name));

    private ProfileResult Result(Verdict verdict, string summary)
    {
        var bundle = new Bundle
        {
            Profile = profile,
            Plan = Digest.Of(request.Head),
            Run = request.Run,
            Image = _image?.Id ?? "-",
            Base = _image?.BaseId ?? "-",
            Fidelity = _fidelity,
            Stages = clock.Stages,
            Findings = [.. _findings],
            Verdict = verdict,
            Summary = summary,
            Logs = [.. _logs],
        };
        return new ProfileResult(profile, verdict, bundle.ToBytes(), FreeText.From(summary));
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
