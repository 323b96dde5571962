using System.CommandLine;
using PatchFlow.Client;

namespace PatchFlow.Cli;

/// <summary>One run of a command: the server, and the way to print.</summary>
internal sealed record Session(Uri Url, string? TokenFile, Terminal Out, bool Json)
{
    private IPatchFlowApi? _api;

    /// <summary>The server's API with the token of the token file.</summary>
    public IPatchFlowApi Api => _api ??= PatchFlowClient.Create(Url, Secret());

    /// <summary>The server's API without a token, for setup.</summary>
    public IPatchFlowApi Anonymous => PatchFlowClient.Create(Url, null);

    /// <summary>Where a token is kept when no other file is named.</summary>
    public static string DefaultTokenFile => System.IO.Path.Combine(Settings, "token");

    private static string Settings =>
        System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config", "patchflow");

    public static Session From(ParseResult parsed)
    {
        var tokenFile = parsed.GetValue(CommandLine.TokenFile) ?? Environment.GetEnvironmentVariable("PATCHFLOW_TOKEN_FILE");
        return new(FindUrl(parsed), tokenFile, new Terminal(parsed.GetValue(CommandLine.Color)!, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error), parsed.GetValue(CommandLine.Json));
    }

    /// <summary>Prints the API's record as JSON, or calls <paramref name="print"/>.</summary>
    public int Print<T>(T record, Action<Terminal> print)
    {
        if (Json)
        {
            Out.Json(record);
        }
        else
        {
            print(Out);
        }

        return Exit.Ok;
    }

    private static Uri FindUrl(ParseResult parsed)
    {
        var kept = System.IO.Path.Combine(Settings, "url");
        var text = parsed.GetValue(CommandLine.Url)
            ?? Environment.GetEnvironmentVariable("PATCHFLOW_URL")
            ?? (File.Exists(kept) ? File.ReadAllText(kept).Trim() : "http://127.0.0.1:8080");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw new UsageException($"'{text}' is no address of a server", "give one as https://HOST[:PORT]");
        }

        return url.Scheme == Uri.UriSchemeHttps || url.IsLoopback
            ? url
            : throw new UsageException($"{url} would carry the token without TLS", "use https, or a loopback address");
    }

    private string Secret()
    {
        var path = TokenFile ?? DefaultTokenFile;
        if (!File.Exists(path))
        {
            throw new UsageException($"there is no token file {path}", "make one with 'patchflow setup' or 'patchflow tokens create', or name one with --token-file");
        }

        var mode = File.GetUnixFileMode(path);
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if ((mode & others) != 0)
        {
            throw new UsageException($"others may read or write the token file {path}", $"chmod 600 {path}, and revoke the token if it may have been seen");
        }

        // The file may be any; only what looks like a token goes out.
        var token = File.ReadAllText(path).Trim();
        return token.Length is > 0 and <= 200 && !token.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? token
            : throw new UsageException($"{path} holds no token", "name the file that 'patchflow setup' or 'patchflow tokens create --out' wrote");
    }
}
