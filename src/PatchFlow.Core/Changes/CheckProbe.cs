using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Changes;

/// <summary>What a check does. A closed family: the host's helper knows these four and refuses others.</summary>
public abstract record CheckProbe
{
    /// <summary><c>command</c>, <c>http</c>, <c>tcp</c> or <c>service</c>.</summary>
    public abstract string Kind { get; }

    private protected CheckProbe()
    {
    }

    internal abstract void Write(DocumentWriter writer);

    private protected static string? ReadText(DocumentReader reader) =>
        reader.IsNext("expect-text") ? reader.One("expect-text", l => l.Text()) : null;

    private protected static void WriteText(DocumentWriter writer, string? text)
    {
        if (text is not null)
        {
            writer.Free("expect-text", text);
        }
    }
}

/// <summary>A script for <c>sh -eu</c>, run once in an empty folder of its own.</summary>
/// <param name="User">The account that it runs as.</param>
/// <param name="ExpectExit">The exit status that passes.</param>
/// <param name="ExpectText">What its output must hold, or null.</param>
/// <param name="Prepare">A script that makes test data as root, once, only in a replica and before the patch; or null.</param>
/// <param name="Script">The script.</param>
public sealed record CommandProbe(string User, int ExpectExit, string? ExpectText, string? Prepare, string Script) : CheckProbe
{
    /// <inheritdoc/>
    public override string Kind => "command";

    internal static CommandProbe Read(DocumentReader reader, string? prepare, string? script) => new(
        reader.One("user", l => l.Word(IsUser, "an account: 1 to 32 of a-z, 0-9, '_' and '-', beginning with a letter or '_'")),
        reader.One("expect-exit", l => l.Int("an exit status", 0, 255)),
        ReadText(reader),
        prepare,
        script ?? throw reader.Refuse("a command needs a line '--- script' and its script after it"));

    internal override void Write(DocumentWriter writer)
    {
        writer.Line("user", User);
        writer.Line("expect-exit", DocumentWriter.Text(ExpectExit));
        WriteText(writer, ExpectText);
    }

    private static bool IsUser(ReadOnlySpan<char> text) =>
        text.Length is >= 1 and <= 32 && (char.IsAsciiLetterLower(text[0]) || text[0] == '_')
        && !text.ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789_-");
}

/// <summary>One GET, tried again until the timeout.</summary>
/// <param name="Url">An <c>http:</c> address: the host's shell has no TLS.</param>
/// <param name="ExpectStatus">The status that passes.</param>
/// <param name="ExpectText">What the body must hold, or null.</param>
public sealed record HttpProbe(string Url, int ExpectStatus, string? ExpectText) : CheckProbe
{
    private const string Scheme = "http://";

    /// <inheritdoc/>
    public override string Kind => "http";

    internal static HttpProbe Read(DocumentReader reader) => new(
        reader.One("url", l => l.Word(IsUrl, "an address http://HOST[:PORT]/PATH")),
        reader.One("expect-status", l => l.Int("an HTTP status", 100, 599)),
        ReadText(reader));

    internal override void Write(DocumentWriter writer)
    {
        writer.Line("url", Url);
        writer.Line("expect-status", DocumentWriter.Text(ExpectStatus));
        WriteText(writer, ExpectText);
    }

    private static bool IsUrl(ReadOnlySpan<char> text)
    {
        if (!text.StartsWith(Scheme) || !Grammar.IsWord(text) || text[Scheme.Length..].IndexOf('/') is not (> 0 and var slash))
        {
            return false;
        }

        var authority = text.Slice(Scheme.Length, slash);
        var colon = authority.IndexOf(':');
        var host = colon < 0 ? authority : authority[..colon];
        var port = colon < 0 ? "80" : authority[(colon + 1)..];
        return host.Length > 0 && !host.ContainsAnyExcept("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-")
            && port.Length is >= 1 and <= 5 && !port.ContainsAnyExcept("0123456789");
    }
}

/// <summary>A connection, tried again until the timeout.</summary>
/// <param name="Address">A name or an address.</param>
/// <param name="Port">The port.</param>
public sealed record TcpProbe(string Address, int Port) : CheckProbe
{
    /// <inheritdoc/>
    public override string Kind => "tcp";

    internal static TcpProbe Read(DocumentReader reader) => new(
        reader.One("address", l => l.Word(IsAddress, "a name or an address")), reader.One("port", l => l.Int("a port", 1, 65_535)));

    internal override void Write(DocumentWriter writer)
    {
        writer.Line("address", Address);
        writer.Line("port", DocumentWriter.Text(Port));
    }

    private static bool IsAddress(ReadOnlySpan<char> text) =>
        text.Length is >= 1 and <= 253 && text[0] != '-'
        && !text.ContainsAnyExcept("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:-");
}

/// <summary>A unit is active, asked again until the timeout.</summary>
/// <param name="Unit">The unit, percent-encoded.</param>
public sealed record ServiceProbe(string Unit) : CheckProbe
{
    /// <inheritdoc/>
    public override string Kind => "service";

    internal override void Write(DocumentWriter writer) => writer.Line("unit", Unit);
}
