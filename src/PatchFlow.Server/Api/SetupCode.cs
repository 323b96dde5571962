using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using PatchFlow.Client;

namespace PatchFlow.Server.Api;

/// <summary>Writes a line to the console of whoever started the server, and nowhere else.</summary>
internal delegate void ServerConsole(string line);

/// <summary>
/// The way in on the first day: while nobody was ever added, a one-time code is printed on the console and kept in a file that only
/// the server's account can read. It works once, for 24 hours. There is no default password anywhere.
/// </summary>
internal sealed class SetupCode(UserStore users, IOptions<PatchFlowOptions> options, ServerConsole console, TimeProvider time) : IHostedService
{
    private const string Letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromDays(90);

    /// <summary>Where the code is.</summary>
    public string Path => System.IO.Path.Combine(options.Value.DataDirectory, "setup-code");

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!users.IsEmpty())
        {
            File.Delete(Path);
            return Task.CompletedTask;
        }

        // To the console itself: the log is kept, and a log never has a secret.
        var code = Current() ?? Make();
        console($"No user yet. The first administrator's one-time code: {code}   (24 hours, also in {Path}): patchflow setup --code-file {Path} --user NAME");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Makes the first administrator.</summary>
    /// <exception cref="RefusedException">Somebody was added already, or the code is not the one.</exception>
    public async Task<TokenMade> RedeemAsync(SetupRequest request, string origin)
    {
        if (!users.IsEmpty())
        {
            throw RefusedException.Conflict("this server has users already: ask an administrator for a token");
        }

        RequireCode(request.Code);
        var now = time.GetUtcNow();
        var user = new UserRow(
            ApiText.Id("user", request.User), 1, ApiText.Name("name", request.Name ?? request.User), [Role.Admin], false, now);
        var token = new TokenRow("", user.Id, "setup", user.Roles, now, now + TokenLifetime, null);
        var secret = TokenSecret.Make();
        var made = await users.AddFirstAsync(user, token, secret, new($"user:{user.Id}", origin, "setup.complete", $"user:{user.Id}", null, ["roles admin"]))
            ?? throw RefusedException.Conflict("somebody else was faster: this server has users already");
        File.Delete(Path);
        return new(made.View, secret);
    }

    private void RequireCode(string given)
    {
        var code = Current()
            ?? throw RefusedException.Conflict("the setup code has expired after 24 hours: restart the server, it prints a new one");
        var isRight = CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given.Trim())), SHA256.HashData(Encoding.UTF8.GetBytes(code)));
        if (!isRight)
        {
            throw RefusedException.Invalid("code", $"this is not the setup code: it is on the server's console and in {System.IO.Path.GetFileName(Path)} in its data directory");
        }
    }

    private string? Current()
    {
        if (!File.Exists(Path))
        {
            return null;
        }

        if (time.GetUtcNow() < File.GetLastWriteTimeUtc(Path) + Lifetime)
        {
            return File.ReadAllText(Path).Trim();
        }

        File.Delete(Path);
        return null;
    }

    private string Make()
    {
        Directory.CreateDirectory(options.Value.DataDirectory);
        var code = string.Join('-', Enumerable.Range(0, 6).Select(_ => RandomNumberGenerator.GetString(Letters, 5)));
        var file = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var writer = new StreamWriter(Path, file))
        {
            writer.WriteLine(code);
        }

        File.SetLastWriteTimeUtc(Path, time.GetUtcNow().UtcDateTime);
        return code;
    }
}
