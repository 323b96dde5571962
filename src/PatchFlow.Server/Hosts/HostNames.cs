using System.Text.RegularExpressions;

namespace PatchFlow.Server.Hosts;

/// <summary>The grammars of what people type about hosts. Anything else is refused before it reaches a file, a row or a shell.</summary>
internal static partial class HostNames
{
    private const int LabelLimit = 64;
    private const string Replica = "replica";

    /// <summary>Refuses a row with a value outside its grammar.</summary>
    /// <exception cref="ArgumentException">Names the value and its grammar.</exception>
    public static void Check(HostRow row)
    {
        Check("host id", row.Id, Id());
        if (row.Id == Replica)
        {
            throw new ArgumentException($"the host id '{Replica}' is for sandboxes: choose another");
        }

        Check("group", row.Group, Id());
        CheckAddress(row);
        Check("account", row.Account, Account());
        if (row.Port is < 1 or > 65535)
        {
            throw new ArgumentException($"port {row.Port} is not between 1 and 65535");
        }

        if (row.Labels.Count > LabelLimit)
        {
            throw new ArgumentException($"{row.Labels.Count} labels are more than {LabelLimit}");
        }

        foreach (var (key, value) in row.Labels)
        {
            Check("label", key, LabelKey());
            Check($"value of label {key}", value, LabelValue());
        }
    }

    // A host that is reported on has no address, so that nothing can be sent to it, whatever else goes wrong; and it stays so.
    private static void CheckAddress(HostRow row)
    {
        var isAllowed = row.State switch
        {
            HostState.Reported => row.IsReported && row.HostKeys.IsEmpty,
            HostState.Enrolled => !row.IsReported,
            _ => true,
        };
        if (!isAllowed)
        {
            throw new ArgumentException($"host {row.Id} is reported on, not deployed to: it has no address, and gets none; to deploy to it, retire it and add it under another id");
        }

        if (!row.IsReported || row.State == HostState.Added)
        {
            Check("address", row.Address, Address());
        }
    }

    /// <summary>Refuses an account name outside its grammar.</summary>
    public static void CheckAccount(string account) => Check("account", account, Account());

    /// <summary>Whether the text is a host id.</summary>
    public static bool IsId(string text) => Id().IsMatch(text);

    private static void Check(string what, string value, Regex grammar)
    {
        if (!grammar.IsMatch(value))
        {
            throw new ArgumentException($"{what} '{HostAnswer.Clean(value)}' does not match {grammar}");
        }
    }

    [GeneratedRegex(@"\A[a-z0-9-]{1,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Id();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9.:-]{0,252}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Address();

    [GeneratedRegex(@"\A[a-z_][a-z0-9_-]{0,31}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Account();

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._/-]{0,62}\z", RegexOptions.CultureInvariant)]
    private static partial Regex LabelKey();

    [GeneratedRegex(@"\A[A-Za-z0-9._:/@+-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex LabelValue();
}
