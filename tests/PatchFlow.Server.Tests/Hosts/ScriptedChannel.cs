using System.Text;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Tests.Hosts;

/// <summary>A host that answers what the test says, and remembers what it was asked.</summary>
internal sealed class ScriptedChannel(Func<HostCall, byte[], HostReply> answer) : IHostChannel
{
    public List<string> Calls { get; } = [];

    public byte[] LastInput { get; private set; } = [];

    public static ScriptedChannel Saying(string output) => new((_, _) => new HostReply(0, Encoding.UTF8.GetBytes(output), ""));

    public async Task<HostReply> CallAsync(HostCall call, Stream? input, CancellationToken cancel)
    {
        using var received = new MemoryStream();
        if (input is not null)
        {
            await input.CopyToAsync(received, cancel);
        }

        LastInput = received.ToArray();
        Calls.Add(string.Join(' ', call.Words));
        return answer(call, LastInput);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
