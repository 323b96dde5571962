using System.Security.Cryptography;
using PatchFlow.Client;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Api.Reads;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary>
/// <c>…/decisions</c>: what members of the board say. A decision names the digests that the person saw; where one of them is not the
/// current one any more, nothing is recorded.
/// </summary>
internal static class DecisionsApi
{
    private const int NonceBytes = 16;

    private static readonly Listing<(KeptDecision Kept, ChangeFile File, int Number)> List = new(
        d => Listing<int>.Key(d.Number), ("number", d => Listing<int>.Key(d.Number)), ("at", d => Utc.Text(d.Kept.Decision.At)));

    public static void Map(IEndpointRouteBuilder api)
    {
        var decisions = api.MapGroup("/changes/{id}/decisions").WithTags("decisions");
        decisions.MapGet("/", (string id, ListRequest list, ChangeReads reads, TimeProvider time) =>
                List.Answer(list, Numbered(reads.Get(id)), d => BoardReads.Of(d.Kept, d.File, time.GetUtcNow())))
            .WithMetadata(List).WithSummary("The board's decisions, oldest first.").RequirePermission(Permission.View);
        decisions.MapGet("/{digest}", (string id, string digest, ChangeReads reads) =>
                new TextAnswer(reads.Document(id, f => f.Decisions.FirstOrDefault(d => d.Digest.Hex == digest)?.Digest, "such decision")))
            .WithSummary("A decision document's own bytes.").RequirePermission(Permission.View);
        decisions.MapPost("/", DecideAsync)
            .WithSummary("Records a decision of the person whose token is used.").RequirePermission(Permission.DecideChanges);
    }

    private static IEnumerable<(KeptDecision, ChangeFile, int)> Numbered(ChangeFile file) => file.Decisions.Select((d, i) => (d, file, i));

    private static async Task<Created<DecisionRecorded>> DecideAsync(
        string id, DecisionRequest request, Caller caller, ChangeReads reads, BoardReads board, Inbox inbox, TimeProvider time, CancellationToken cancel)
    {
        var vote = Wire.Same<Vote>(request.Vote);
        var reason = ApiText.Reason(request.Reason);
        if (vote == Vote.Reject && reason is null)
        {
            throw RefusedException.Invalid("reason", "a rejection needs a reason: those who proposed it must know what to mend");
        }

        var saw = (Plan: ApiText.DigestOf("plan", request.Plan), Evidence: ApiText.DigestOf("evidence", request.Evidence), Policy: ApiText.DigestOf("policy", request.Policy));
        var file = reads.Get(id);
        if (board.WhyNot(file, caller.Subject, vote) is { } why)
        {
            throw why;
        }

        RequireSame(file.Change, saw.Plan, saw.Evidence, saw.Policy);
        var recorded = await RecordAsync(inbox, Decision(file, caller, vote, reason, time.GetUtcNow()), file.Policy!.Gate, caller, cancel);
        var now = reads.Get(id);
        var kept = now.Decisions.Last(d => d.Digest == recorded.Digest);
        return new(
            new(BoardReads.Of(kept, now, time.GetUtcNow()), recorded.Entry, recorded.Quorum.Approvals.Length, recorded.Quorum.Needed),
            $"/api/v1/changes/{ChangeId.Text(file.Change.Id)}/decisions/{recorded.Digest}");
    }

    private static async Task<RecordedDecision> RecordAsync(Inbox inbox, Decision decision, string gate, Caller caller, CancellationToken cancel)
    {
        try
        {
            return await inbox.DecideAsync(decision, gate, new(caller.Subject, caller.Origin, caller.Token), cancel);
        }
        catch (InboxRefusedException e)
        {
            // It moved between the look and the write.
            throw new RefusedException(ProblemKind.Changed, e.Message);
        }
    }

    private static Decision Decision(ChangeFile file, Caller caller, Vote vote, string? reason, DateTimeOffset now)
    {
        var at = CanonicalTime.ToSeconds(now);
        return new()
        {
            Change = file.Change.Id,
            Plan = file.Change.Plan!.Value,
            Evidence = file.Change.Evidence!.Value,
            Policy = file.Change.Policy!.Value,
            Subject = caller.Subject,
            Gate = file.Policy!.Gate,
            Vote = vote,
            At = at,
            Expires = at + file.Policy.DecisionLifetime,
            Nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NonceBytes)),
            Reason = reason,
        };
    }

    private static void RequireSame(Change change, Digest plan, Digest evidence, Digest policy)
    {
        var differences = new (string Name, Digest Saw, Digest? Now)[] { ("plan", plan, change.Plan), ("evidence", evidence, change.Evidence), ("policy", policy, change.Policy) }
            .Where(d => d.Saw != d.Now)
            .Select(d => $"the {d.Name} is {d.Now?.Short ?? "none"}, not {d.Saw.Short}")
            .ToList();
        if (differences.Count > 0)
        {
            throw new RefusedException(
                ProblemKind.Changed, $"{change.Name} is not what you saw: {string.Join(", ", differences)}; nothing was recorded. Read it again with 'patchflow show {change.Name}', then decide on that");
        }
    }
}
