using System.Globalization;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Hosts;

public sealed partial record TicketId
{
    private const int MostAttempts = 9999;
    private static readonly string[] KindWords =
        ["stage", "check-before", "install", "check-after", "rollback", "check-rehearsed", "restart", "reboot", "hook"];

    /// <summary>The first 12 hex digits of the plan's digest.</summary>
    public string Plan { get; init => field = CheckedPlan(value); } = CheckedPlan(Plan);

    /// <summary>The host's id; <c>replica</c> in a sandbox.</summary>
    public string Host { get; init => field = CheckedHost(value); } = CheckedHost(Host);

    /// <summary>Counted from 1 per plan, kind and host.</summary>
    public int Attempt { get; init => field = CheckedAttempt(value); } = CheckedAttempt(Attempt);

    /// <summary>The kind's word in the ticket, for example <c>check-before</c>.</summary>
    public string KindWord => WordOf(Kind);

    /// <summary>A kind's word.</summary>
    public static string WordOf(TicketKind kind) => KindWords[(int)kind];

    /// <summary>The same work, tried once more.</summary>
    public TicketId Next() => this with { Attempt = Attempt + 1 };

    /// <summary>Whether this is work of the plan with that digest.</summary>
    public bool IsOf(Digest plan) => Plan == plan.Short;

    /// <summary><c>01bf2d21334d.install.kms-2.a1</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Plan}.{KindWord}.{Host}.a{Attempt}");

    /// <summary>Reads exactly what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TicketId ticket)
    {
        ticket = null!;
        if (text.Length > 128 || text.ToString().Split('.') is not [var plan, var word, var host, ['a', .. var attempt]])
        {
            return false;
        }

        var kind = Array.IndexOf(KindWords, word);
        if (!Grammar.IsHex(plan, 12) || kind < 0 || !Grammar.IsId(host) || attempt.StartsWith('0')
            || !Numerals.TryRead(attempt, out int number) || number > MostAttempts)
        {
            return false;
        }

        ticket = new(plan, (TicketKind)kind, host, number);
        return true;
    }

    /// <summary>Reads exactly what <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">The text is anything else.</exception>
    public static TicketId Parse(ReadOnlySpan<char> text) => TryParse(text, out var ticket)
        ? ticket
        : throw new FormatException($"'{FreeText.From(text.ToString())}' is not a ticket {{12 hex of plan}}.{{kind}}.{{host}}.a{{attempt}}");

    internal static TicketId Read(LineReader line) =>
        Parse(line.Word(text => TryParse(text, out _), "a ticket {12 hex of plan}.{kind}.{host}.a{attempt}"));

    // A ticket becomes a word of a command and the name of a directory, so that one with other characters can't be made at all.
    private static string CheckedPlan(string plan) => Grammar.IsHex(plan, 12)
        ? plan
        : throw new ArgumentException($"a ticket names its plan by 12 hex digits, not by '{FreeText.From(plan)}'", nameof(plan));

    private static string CheckedHost(string host) => Grammar.IsId(host)
        ? host
        : throw new ArgumentException($"'{FreeText.From(host)}' is not a host id ([a-z0-9-], 1 to 63)", nameof(host));

    private static int CheckedAttempt(int attempt) => attempt is >= 1 and <= MostAttempts
        ? attempt
        : throw new ArgumentOutOfRangeException(nameof(attempt), attempt, $"attempts count from 1 to {MostAttempts}");
}
