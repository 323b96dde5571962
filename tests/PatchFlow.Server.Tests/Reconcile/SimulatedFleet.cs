using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Tests.Reconcile;

/// <summary>Hosts that outlive every server process.</summary>
internal sealed class SimulatedFleet
{
    public SimulatedFleet(int hosts)
    {
        foreach (var number in Enumerable.Range(1, hosts))
        {
            var host = new SimulatedHost($"web-{number}");
            Patches.All.ForEach(p => host.Packages[p.Name] = p.From);
            Hosts[host.Id] = host;
        }
    }

    public SortedDictionary<string, SimulatedHost> Hosts { get; } = new(StringComparer.Ordinal);

    /// <summary>Looked at before each call has its effect.</summary>
    public Action<string, HostCall> Witness { get; set; } = (_, _) => { };

    public IHostChannel Channel(string host, Faults faults) => new Line(this, Hosts[host], faults);

    public void Work() => Hosts.Values.ToList().ForEach(h => h.Work());

    private sealed class Line(SimulatedFleet fleet, SimulatedHost host, Faults faults) : IHostChannel
    {
        public async Task<HostReply> CallAsync(HostCall call, Stream? input, CancellationToken cancel)
        {
            using var received = new MemoryStream();
            if (input is not null)
            {
                await input.CopyToAsync(received, cancel);
            }

            return await faults.AroundAsync($"{host.Id} {call.Words[0]}", () =>
            {
                if (!host.IsReachable)
                {
                    throw new HostUnreachableException($"{host.Id} does not answer");
                }

                lock (host)
                {
                    fleet.Witness(host.Id, call);
                    return Task.FromResult(host.Answer(call.Words, received.ToArray()));
                }
            });
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
