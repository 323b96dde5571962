using System.CommandLine;
using PatchFlow.Client;
using Spectre.Console;

namespace PatchFlow.Cli.Commands;

/// <summary><c>patchflow hosts enrol</c>: shows what it will do, asks, does it.</summary>
internal static class Enrolment
{
    public static Command Command(Argument<string> id)
    {
        var user = new Option<string>("--user") { Description = "An account there that is root, or may use sudo without a password", DefaultValueFactory = _ => "root" };
        var key = new Option<string>("--key") { Description = "That account's private key; used once, never kept", Required = true };
        var fingerprint = new Option<string?>("--fingerprint") { Description = "The host key's SHA256:… as read on the host's own console" };
        var known = new Option<string?>("--known-hosts") { Description = "Or a known_hosts file that has the host" };
        var yes = new Option<bool>("--yes") { Description = "Do not ask" };
        return new Command("enrol", "Pin the host key, install account and helper") { id, user, key, fingerprint, known, yes }.Does(async (parsed, session, cancel) =>
        {
            var host = parsed.GetValue(id)!;
            if (parsed.GetValue(fingerprint) is null == parsed.GetValue(known) is null)
            {
                throw new UsageException(
                    "enrolling needs --fingerprint or --known-hosts, and not both", "read it on the host's console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub");
            }

            var request = new EnrolmentRequest(
                parsed.GetValue(user)!, Read(parsed.GetValue(key)!), parsed.GetValue(fingerprint), parsed.GetValue(known) is { } file ? Read(file) : null);
            var plan = await session.Api.PlanEnrolmentAsync(host, cancel);
            session.Out.Progress.MarkupLine(Words.Safe($"Enrolling {host} will:"));
            foreach (var step in plan.Steps)
            {
                session.Out.Progress.MarkupLine($"  - {Words.Safe(step)}");
            }

            if (!parsed.GetValue(yes) && !session.Out.Ask($"Enrol {host}?"))
            {
                return Exit.Refused;
            }

            var enrolled = await session.Api.EnrolHostAsync(host, request, cancel);
            return session.Print(enrolled, terminal => terminal.Line($"[green]{Words.Safe(enrolled.Id)} is enrolled[/], host key {Words.Safe(string.Join(", ", enrolled.HostKeys))}"));
        });
    }

    private static string Read(string path) => File.Exists(path)
        ? File.ReadAllText(path)
        : throw new UsageException($"there is no file {path}", "name a file that exists");
}
