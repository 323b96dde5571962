using System.Text;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Live.Tests.Hosts;

/// <summary>What the stand-ins for the helper have in common: a <see cref="LoopbackSshd"/> runs them.</summary>
internal static class SshStandIn
{
    /// <summary>The calls that every stand-in knows; further ones and the <c>esac</c> follow.</summary>
    public const string Beginning = """
        set -- $SSH_ORIGINAL_COMMAND
        case $1 in
        stage) [ "$(head -c "$3" | sha256sum | cut -c1-64)" = "$2" ] || { echo "wrong digest" >&2; exit 5; };;
        deaf) exit 3;;
        stuck) exec sleep 30;;
        where) echo "$SSH_CONNECTION";;

        """;

    /// <summary>In front of a stand-in, it has the first call but <c>where</c> lose its connection after a thousand bytes.</summary>
    public const string Losing = "[ \"$SSH_ORIGINAL_COMMAND\" = where ] || ! mkdir \"$0.lost\" 2> /dev/null || { head -c 1000 > /dev/null; kill -9 $PPID; exit 1; }\n";

    /// <summary>Shorter than a stand-in's sleep: what waits for that to end fails.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Which connection the host sees: another port is another one.</summary>
    public static async Task<string> WhereAsync(this SshChannel channel, CancellationToken cancel) =>
        Encoding.ASCII.GetString((await channel.CallAsync(new HostCall(["where"]), null, cancel)).Output.Span);
}
