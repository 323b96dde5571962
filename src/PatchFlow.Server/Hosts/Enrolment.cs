using System.Collections.Immutable;
using System.Text;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Auditing;

namespace PatchFlow.Server.Hosts;

/// <summary>What enrolling a host will do: shown before it is done.</summary>
/// <param name="Host">The host's id.</param>
/// <param name="Shown">The keys that the host shows now, for a person to compare.</param>
/// <param name="Lines">What will be done, one sentence a line.</param>
internal sealed record EnrolmentPlan(string Host, ImmutableArray<HostKey> Shown, ImmutableArray<string> Lines);

/// <summary>Who asks for something, for the audit log.</summary>
/// <param name="Actor"><c>user:ID</c> or <c>system</c>.</param>
/// <param name="Origin">From where.</param>
internal sealed record HostActor(string Actor, string Origin);

/// <summary>Enrolment failed at a step. What it had replaced on the host was put back: who was let in before still is, nobody else.</summary>
internal sealed class EnrolmentException(string host, string step, string reason, Exception? inner = null)
    : Exception($"enrolling {host} failed at step '{step}': {reason}", inner)
{
    /// <summary>The step.</summary>
    public string Step { get; } = step;
}

/// <summary>
/// Makes a host PatchFlow's: pins its key (confirmed by a person, never silently), installs account, helper and rights with
/// a login that is used once, then proves that the new way works. The row says enrolled only after that.
/// </summary>
internal sealed class Enrolment(HostStore hosts, HostChannels channels, SshKeyFile key, HostsOptions options)
{
    private static readonly TimeSpan _scriptTime = TimeSpan.FromMinutes(2);

    /// <summary>What will be done, and the keys that the host shows. Nothing is changed, nothing is trusted.</summary>
    public async Task<EnrolmentPlan> PlanAsync(string id, CancellationToken cancel)
    {
        var row = hosts.Get(id);
        RefuseReported(row);
        ImmutableArray<HostKey> shown = [await SshSession.ProbeAsync(Target(row), cancel)];
        return new EnrolmentPlan(id, shown,
        [
            $"connect to {row.Address}, port {row.Port}, whose key must be {string.Join(" or ", shown)}",
            row.HostKeys.IsEmpty ? "pin that key" : $"replace the pinned key {string.Join(", ", row.HostKeys)} where it is another",
            $"make the system account {row.Account}: no password, no other groups, home /var/lib/patchflow-account owned by root",
            $"install {EnrolmentScript.HelperPath} (root, 0755, SHA-256 {EnrolmentScript.HelperDigest})",
            $"write '{row.Id}' into /etc/patchflow/host",
            $"write into /etc/sudoers.d/patchflow: {EnrolmentScript.SudoLines(row.Account).Split('\n')[^1]}",
            $"let this key in, for the helper only: {EnrolmentScript.KeyLine(key)}",
            "log in with it, ask for version and inventory",
        ]);
    }

    /// <summary>Enrols the host, or brings an enrolled one up to date. Answers its row, enrolled and with an inventory.</summary>
    /// <param name="id">The host's id.</param>
    /// <param name="login">Used for this one connection.</param>
    /// <param name="confirmed">The host key that a person confirmed.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="cancel">Breaks it off; what was half done is withdrawn where the host can still be reached.</param>
    /// <exception cref="EnrolmentException">Names the step that failed, why, and what to do.</exception>
    public async Task<HostRow> RunAsync(string id, Bootstrap login, HostKeyConfirmation confirmed, HostActor actor, CancellationToken cancel)
    {
        var row = hosts.Get(id);
        RefuseReported(row);
        var shown = await StepAsync(id, "host key", () => ConfirmedKeyAsync(row, confirmed, cancel));
        await hosts.ChangeAsync(id, same => same, Entry(actor, id, "host.enrol-start", $"key {shown}", $"{login}"), cancel);
        var pinned = row with { HostKeys = [shown], State = HostState.Enrolled };
        using var session = await StepAsync(id, "login", () => OpenAsync(pinned, login, cancel));
        await InstallAsync(session, pinned, cancel);
        try
        {
            var inventory = await ProveAsync(pinned, cancel);
            await hosts.ChangeAsync(
                id,
                now => now with { HostKeys = [shown], State = HostState.Enrolled },
                Entry(actor, id, "host.enrol", $"key {shown}", $"helper {EnrolmentScript.HelperDigest}"),
                cancel);
            await hosts.InventoryAsync(id, inventory.Bytes, inventory.Inventory.Epoch, inventory.Inventory.Sequence, cancel);
            return hosts.Get(id);
        }
        catch (Exception)
        {
            await WithdrawAsync(session);
            throw;
        }
    }

    private static void RefuseReported(HostRow row)
    {
        if (row.IsReported)
        {
            throw new EnrolmentException(row.Id, "host", $"{row.WhyNotDeployed}; add it under another id");
        }
    }

    private async Task<HostKey> ConfirmedKeyAsync(HostRow row, HostKeyConfirmation confirmed, CancellationToken cancel)
    {
        var shown = new List<HostKey>();
        foreach (var algorithm in (string[])["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
        {
            var probed = await SshSession.ProbeAsync(Target(row) with { First = algorithm }, cancel);
            if (confirmed.Accepts(row.Address, row.Port, probed))
            {
                return probed;
            }

            shown.Add(probed);
        }

        throw new InvalidOperationException(
            $"{Target(row)} shows {string.Join(", ", shown.Distinct())}; confirmed was {HostAnswer.Clean(confirmed.ToString())}. "
            + "Compare with 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' on the host's own console, then give that fingerprint");
    }

    private async Task<SshSession> OpenAsync(HostRow row, Bootstrap login, CancellationToken cancel)
    {
        using var method = login.Login();
        return await SshSession.OpenAsync(Target(row), method, cancel);
    }

    private async Task InstallAsync(SshSession session, HostRow row, CancellationToken cancel)
    {
        var shell = await StepAsync(row.Id, "root", () => RootShellAsync(session, cancel));
        var script = EnrolmentScript.Install(row, key);
        var reply = await StepAsync(row.Id, "script", () => SshRun.Async(session, shell, new MemoryStream(script), _scriptTime, cancel));
        var steps = Encoding.UTF8.GetString(reply.Output.Span).Split('\n').Where(line => line.StartsWith("step ", StringComparison.Ordinal)).ToList();
        if (reply.ExitCode != 0 || steps is not [.., "step done"])
        {
            throw new EnrolmentException(row.Id, steps.Count > 0 ? HostAnswer.Clean(steps[^1][5..]) : "script", Why(reply));
        }
    }

    private static async Task<string> RootShellAsync(SshSession session, CancellationToken cancel)
    {
        var who = await SshRun.Async(session, "id -u", null, _scriptTime, cancel);
        if (LastLine(who) == "0")
        {
            return "exec sh -s";
        }

        var sudo = await SshRun.Async(session, "sudo -n id -u", null, _scriptTime, cancel);
        return LastLine(sudo) == "0"
            ? "exec sudo -n sh -s"
            : throw new InvalidOperationException($"the login user is not root, and 'sudo -n' says: {Why(sudo)}. Log in as root, or as a user whose sudo asks for no password");
    }

    /// <summary>The new way in: logs in as the account, and asks.</summary>
    private async Task<HostInventory> ProveAsync(HostRow row, CancellationToken cancel)
    {
        await using var channel = channels.Trial(row);
        var protocol = new HostProtocol(channel);
        var version = await StepAsync(row.Id, "version", () => protocol.VersionAsync(cancel));
        if (version.File != EnrolmentScript.HelperDigest || version.Protocol != HostProtocol.Version)
        {
            throw new EnrolmentException(row.Id, "version", $"the host runs helper {version.File}, not {EnrolmentScript.HelperDigest}: something on it replaces the file");
        }

        var inventory = await StepAsync(row.Id, "inventory", () => protocol.InventoryAsync(cancel));
        return inventory.Inventory.Host == row.Id
            ? inventory
            : throw new EnrolmentException(row.Id, "inventory", $"the host answers as '{inventory.Inventory.Host}': is the address another host's?");
    }

    private const string NotPutBack = "Enrolment could not put back what it had replaced: look into /etc/patchflow/before on the host, which has the earlier files";

    /// <summary>Best effort on a connection that may be gone: what failed before is what the caller is told.</summary>
    private static async Task WithdrawAsync(SshSession session)
    {
        try
        {
            var shell = await RootShellAsync(session, CancellationToken.None);
            var end = await SshRun.Async(session, shell, new MemoryStream(EnrolmentScript.Undo()), _scriptTime, CancellationToken.None);
            if (end.ExitCode != 0)
            {
                Serilog.Log.Warning($"{NotPutBack} ({{Error}})", HostAnswer.Clean(end.Error));
            }
        }
        catch (Exception e) when (SshSession.IsLoss(e) || e is TimeoutException)
        {
            Serilog.Log.Warning(e, NotPutBack);
        }
    }

    private static async Task<T> StepAsync<T>(string host, string step, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (e is not (OperationCanceledException or EnrolmentException))
        {
            throw new EnrolmentException(host, step, e.Message, e);
        }
    }

    private SshTarget Target(HostRow row) => new(row.Id, row.Address, row.Port, row.HostKeys, options.ConnectTimeout);

    private static Audit Entry(HostActor actor, string id, string action, params ImmutableArray<string> details) =>
        new(actor.Actor, actor.Origin, action, $"host:{id}", null, details);

    private static string LastLine(HostReply reply) => Encoding.UTF8.GetString(reply.Output.Span).TrimEnd().Split('\n')[^1];

    private static string Why(HostReply reply) => HostAnswer.Clean(reply.Error) is { Length: > 0 } said ? said : $"exit {reply.ExitCode} without a word";
}
