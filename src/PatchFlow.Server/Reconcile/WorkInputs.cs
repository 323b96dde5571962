using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Patches;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Sandbox;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Reconcile;

/// <summary>What resolving and the sandbox are given: the hosts as they were last seen, and the sealed plan with its parts as kept.</summary>
internal sealed class WorkInputs(Documents documents, ChangeStore store, HostStore hosts, Pipelines pipelines, ReconcileSources sources)
{
    /// <summary>The request to resolve, and each host's inventory by digest. What applies is judged anew: the proposal may be old.</summary>
    /// <exception cref="UnresolvableException">Nothing applies any more.</exception>
    public (ResolveRequest Request, ImmutableDictionary<string, Digest> Inventories) ForResolve(Change change)
    {
        var policy = pipelines.Current(change.Pipeline);
        var pipeline = policy.Pipeline ?? throw new InvalidOperationException(policy.Error);
        var feeds = sources.Feeds();
        var subjects = ImmutableArray.CreateBuilder<HostSubject>();
        var inventories = ImmutableDictionary.CreateBuilder<string, Digest>();
        foreach (var id in change.Hosts)
        {
            if (hosts.Find(id) is { State: HostState.Enrolled, Inventory: { } digest } host)
            {
                var inventory = Inventory.Parse(documents.Get(digest));
                var patches = Applicability.Of(inventory, feeds).Patches;
                if (!patches.IsEmpty)
                {
                    subjects.Add(new HostSubject(id, host.Group, inventory, [.. patches.Select(p => new PackageUpgrade(p.Name, p.Arch, p.From, p.To))]));
                    inventories.Add(id, digest);
                }
            }
        }

        return subjects.Count == 0
            ? throw new UnresolvableException("nothing applies to any of its hosts any more")
            : (new ResolveRequest(change.Id, pipeline, subjects.ToImmutable()), inventories.ToImmutable());
    }

    /// <summary>The request to test the change's sealed plan.</summary>
    public SandboxRequest ForSandbox(Change change, WorkRun run)
    {
        var head = documents.Get(run.Plan!.Value);
        var plan = SealedPlan.Parse(head);
        var checks = documents.Get(plan.Checks);
        var found = StateJson.Read<Found>(documents.Get(store.Runs(change.Id).Last(r => r.Found is not null).Found!.Value));
        return new SandboxRequest(
            change.Id,
            run.Id,
            head,
            plan.Contents.ToImmutableDictionary(c => c.Profile, c => documents.Get(c.Content)),
            checks,
            ChecksPart.Parse(checks).Checks.Select(c => c.Digest).Distinct().ToImmutableDictionary(d => d, documents.Get),
            found.Profiles.ToImmutableDictionary(
                p => ContentPart.Parse(System.Text.Encoding.UTF8.GetBytes(p.Content)).Profile, p => Inventory.Parse(documents.Get(p.Example))));
    }
}
