using Microsoft.Data.Sqlite;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Server.Hosts;

/// <summary>Asks hosts what they have, and keeps the answers. A host that does not answer keeps its last inventory, with an error beside it.</summary>
internal sealed class Inventories(HostStore hosts, HostChannels channels, HostsOptions options, ILogger<Inventories> log)
{
    /// <summary>Asks every enrolled host, a bounded number at once. One that fails does not hold up the others.</summary>
    public Task RunAsync(CancellationToken cancel) => Parallel.ForEachAsync(
        hosts.Enrolled().Select(host => host.Id),
        new ParallelOptions { MaxDegreeOfParallelism = options.InventoryConcurrency, CancellationToken = cancel },
        async (host, token) => await RefreshAsync(host, token));

    /// <summary>Asks one host. Answers its inventory; null where that failed: the reason is then in the host's row.</summary>
    public async Task<Inventory?> RefreshAsync(string host, CancellationToken cancel)
    {
        try
        {
            var answer = await channels.Protocol(host).InventoryAsync(cancel);
            if (answer.Inventory.Host != host)
            {
                throw new HostRefusedException("inventory", 0, $"the host answers as '{answer.Inventory.Host}': is the address of {host} another host's now?");
            }

            await hosts.InventoryAsync(host, answer.Bytes, answer.Inventory.Epoch, answer.Inventory.Sequence, cancel);
            return answer.Inventory;
        }
        catch (Exception e) when (!(e is OperationCanceledException && cancel.IsCancellationRequested) && e is not OutOfMemoryException)
        {
            // Whatever it is, it is this host's: the round goes on with the others.
            log.LogWarning(e is HostUnreachableException or HostRefusedException or HostKeyException ? null : e, "No inventory of {Host}: {Reason}", host, e.Message);
            await TryFailedAsync(host, e.Message, cancel);
            return null;
        }
    }

    // On a full disk the reason can't be kept either, and the round goes on all the same: health says that the database can't be written.
    private async Task TryFailedAsync(string host, string reason, CancellationToken cancel)
    {
        try
        {
            await hosts.FailedAsync(host, reason, cancel);
        }
        catch (SqliteException e)
        {
            log.LogError(e, "Why there is no inventory of {Host} could not be kept", host);
        }
    }
}
