using System.CommandLine;
using PatchFlow.Client;

namespace PatchFlow.Cli.Commands;

/// <summary><c>patchflow users</c>, <c>tokens</c> and <c>setup</c>.</summary>
internal static class UserCommands
{
    private static readonly Argument<string> Id = new("id") { Description = "The user's id, [a-z0-9-]" };
    private static readonly Option<string?> Out = new("--out") { Description = "Write the secret to this file, mode 0600, instead of printing it" };

    public static Command Users() => new Command("users", "People and their roles") { ListUsers(), AddUser(), Disable("disable", true), Disable("enable", false) }.ListsByItself();

    public static Command Tokens() => new Command("tokens", "Tokens for the API") { ListTokens(), CreateToken(), Revoke() }.ListsByItself();

    public static Command Setup()
    {
        var code = new Option<string?>("--code") { Description = "The code itself; others on this machine can see it there" };
        var file = new Option<string?>("--code-file") { Description = "The file with the server's one-time code: setup-code in its data directory" };
        var user = new Option<string>("--user") { Description = "Your id, [a-z0-9-]", Required = true };
        var name = new Option<string?>("--name") { Description = "Your name" };
        return new Command("setup", "Make the first administrator, and keep the token in the token file") { file, code, user, name }.Does(async (parsed, session, cancel) =>
        {
            var given = parsed.GetValue(code) ?? (parsed.GetValue(file) is { } path && File.Exists(path) ? (await File.ReadAllTextAsync(path, cancel)).Trim() : null)
                ?? throw new UsageException("setup needs --code-file with a file that is there, or --code", "the server keeps the code in setup-code of its data directory, and prints it at its first start");
            // The code works once: the place for the token is taken before it is used.
            using var kept = new SecretFile(session.TokenFile ?? Session.DefaultTokenFile);
            var made = await session.Anonymous.SetupAsync(new(given, parsed.GetValue(user)!, parsed.GetValue(name)), cancel);
            kept.Keep(made.Secret);
            return session.Print(made.Token, terminal => terminal.Line($"{Words.Safe(made.Token.User)} is administrator; the token is in {Words.Safe(kept.Path)} and expires {Words.Time(made.Token.ExpiresAt)}"));
        });
    }

    private static Command ListUsers() => new Command("list", "All users").Does(async (_, session, cancel) =>
    {
        var page = await Pages.AllAsync(next => session.Api.UsersAsync(limit: Pages.MostItems, cursor: next, cancel: cancel));
        return session.Print(page, terminal =>
        {
            var table = new Grid("User", "Name", "Roles", "Standing");
            foreach (var user in page.Items)
            {
                table.AddRow(Words.Safe(user.Id), Words.Safe(user.Name), Roles(user.Roles), user.Disabled ? "[red]shut out[/]" : "active");
            }

            terminal.Rows(table, "No user.");
        });
    });

    private static Command AddUser()
    {
        var name = new Option<string?>("--name") { Description = "The person's name" };
        var roles = RolesOption("viewer, operator, approver, auditor, admin", required: true);
        return new Command("add", "Add a person; make a token next") { Id, name, roles }.Does(async (parsed, session, cancel) =>
        {
            var user = await session.Api.AddUserAsync(new(parsed.GetValue(Id)!, parsed.GetValue(roles)!, parsed.GetValue(name)), cancel: cancel);
            return session.Print(user, terminal => terminal.Line($"{Words.Safe(user.Id)} is added ({Roles(user.Roles)}). Next: patchflow tokens create NAME --user {Words.Safe(user.Id)}"));
        });
    }

    private static Command Disable(string verb, bool disabled) =>
        new Command(verb, disabled ? "Shut a person out: none of the tokens works" : "Let a person in again") { Id }.Does(async (parsed, session, cancel) =>
        {
            var user = await session.Api.EditUserAsync(parsed.GetValue(Id)!, new(Disabled: disabled), cancel: cancel);
            return session.Print(user, terminal => terminal.Line($"{Words.Safe(user.Id)} is {(user.Disabled ? "shut out" : "active")}."));
        });

    private static Command ListTokens() => new Command("list", "Tokens, without their secrets").Does(async (_, session, cancel) =>
    {
        var page = await Pages.AllAsync(next => session.Api.TokensAsync(limit: Pages.MostItems, cursor: next, cancel: cancel));
        return session.Print(page, terminal =>
        {
            var table = new Grid("Token", "User", "Name", "Roles", "Expires", "Standing");
            foreach (var token in page.Items)
            {
                table.AddRow(
                    Words.Safe(token.Id), Words.Safe(token.User), Words.Safe(token.Name), Roles(token.Roles), Words.Time(token.ExpiresAt), token.RevokedAt is { } at ? $"revoked {Words.Time(at)}" : "works");
            }

            terminal.Rows(table, "No token.");
        });
    });

    private static Command CreateToken()
    {
        var name = new Argument<string>("name") { Description = "What it is for" };
        var user = new Option<string?>("--user") { Description = "Whose; your own where it is left out" };
        var roles = RolesOption("A part of the user's roles", required: false);
        var days = new Option<int?>("--days") { Description = "How long it works, 1 to 365" };
        return new Command("create", "Make a token; its secret is shown this once") { name, user, roles, days, Out }.Does(async (parsed, session, cancel) =>
        {
            using var kept = parsed.GetValue(Out) is { } path ? new SecretFile(path) : null;
            var made = await session.Api.AddTokenAsync(
                new(parsed.GetValue(name)!, parsed.GetValue(user), parsed.GetValue(roles) is { Length: > 0 } some ? some : null, parsed.GetValue(days)), cancel);
            if (kept is null)
            {
                return session.Print(made, terminal => terminal.Line(Words.Safe(made.Secret)));
            }

            kept.Keep(made.Secret);
            return session.Print(made.Token, terminal => terminal.Line($"Token {Words.Safe(made.Token.Id)} of {Words.Safe(made.Token.User)} is in {Words.Safe(kept.Path)}, expires {Words.Time(made.Token.ExpiresAt)}"));
        });
    }

    private static Command Revoke() => new Command("revoke", "Make a token useless at once, for good") { Id }.Does(async (parsed, session, cancel) =>
    {
        var token = await session.Api.RevokeTokenAsync(parsed.GetValue(Id)!, cancel);
        return session.Print(token, terminal => terminal.Line($"{Words.Safe(token.Id)} is revoked."));
    });

    // Separated by commas, or given several times.
    private static Option<Role[]> RolesOption(string description, bool required) => new("--roles")
    {
        Description = description,
        Required = required,
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result => [.. result.Tokens.SelectMany(t => t.Value.Split(',')).Select(word =>
        {
            if (Enum.TryParse<Role>(word, ignoreCase: true, out var role) && Enum.IsDefined(role))
            {
                return role;
            }

            result.AddError($"'{word}' is no role; roles are {Roles(Enum.GetValues<Role>())}");
            return default;
        })],
    };

    private static string Roles(IEnumerable<Role> roles) => string.Join(", ", roles.Select(r => r.ToString().ToLowerInvariant()));
}
