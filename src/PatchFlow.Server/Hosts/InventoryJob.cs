using Quartz;

namespace PatchFlow.Server.Hosts;

/// <summary>The clock of <see cref="Inventories"/>. Asking twice does no harm, so no row says that it was done.</summary>
[DisallowConcurrentExecution]
internal sealed class InventoryJob(Inventories inventories) : IJob
{
    /// <inheritdoc/>
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken) => await inventories.RunAsync(cancellationToken);
}
