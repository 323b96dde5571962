using System.Text;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Hosts;

/// <summary>What is installed on a host at enrolment, and the shell script that does it.</summary>
internal static class EnrolmentScript
{
    /// <summary>Where the helper is installed: root's, mode 0755.</summary>
    public const string HelperPath = "/usr/local/sbin/patchflow-host";

    /// <summary>The helper that this program carries.</summary>
    public static byte[] Helper { get; } = Resource("patchflow-host");

    /// <summary>Its digest: what <c>version</c> must answer.</summary>
    public static Digest HelperDigest { get; } = Digest.Of(Helper);

    /// <summary>The line of the account's authorized_keys: that key, for the helper only.</summary>
    public static string KeyLine(SshKeyFile key) => $"restrict,command=\"{HelperPath}\" {key.PublicLine}";

    /// <summary>The account's rights: the helper as root, with a clean environment, and nothing else.</summary>
    public static string SudoLines(string account) =>
        $"# PatchFlow: this account may run this one file as root, nothing else.\n"
        + $"Defaults:{account} env_reset, !setenv, !requiretty, secure_path=\"/usr/sbin:/usr/bin:/sbin:/bin\"\n"
        + $"{account} ALL=(root) NOPASSWD: {HelperPath}";

    /// <summary>The whole script, for the standard input of <c>sh -s</c> as root.</summary>
    public static byte[] Install(HostRow row, SshKeyFile key)
    {
        var end = $"END_{HelperDigest.Short}";
        var script = new StringBuilder()
            .Append("account=").Append(Quoted(row.Account)).Append('\n')
            .Append("id=").Append(Quoted(row.Id)).Append('\n')
            .Append("key_line=").Append(Quoted(KeyLine(key))).Append('\n')
            .Append("sudo_lines=").Append(Quoted(SudoLines(row.Account))).Append('\n')
            .Append("helper_digest=").Append(Quoted(HelperDigest.Hex)).Append('\n')
            .Append("write_helper() { cat << '").Append(end).Append("'\n")
            .Append(Encoding.UTF8.GetString(Helper))
            .Append(end).Append("\n}\n")
            .Append(Encoding.UTF8.GetString(Resource("enrol-undo.sh")))
            .Append(Encoding.UTF8.GetString(Resource("enrol.sh")))
            .Append(End);
        return Encoding.UTF8.GetBytes(script.ToString());
    }

    /// <summary>Puts back what the last enrolment replaced: an earlier installation's key stays, a new one goes.</summary>
    public static byte[] Undo() => [.. Resource("enrol-undo.sh"), .. Encoding.UTF8.GetBytes($"put_back\n{End}")];

    // The input stays open behind the last line: nothing else says that it was the last.
    private const string End = "exit\n";

    /// <summary>One word of a shell, whatever is in it.</summary>
    internal static string Quoted(string value) => "'" + value.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    private static byte[] Resource(string name)
    {
        using var stream = typeof(EnrolmentScript).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the program was built without its resource {name}");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
