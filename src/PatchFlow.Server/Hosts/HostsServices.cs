using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PatchFlow.Server.Storage;
using Quartz;

namespace PatchFlow.Server.Hosts;

/// <summary>The part of the composition root that is about hosts.</summary>
internal static class HostsServices
{
    /// <summary>
    /// Registers store, channels, enrolment, inventories and doctor, and the inventory's clock. A <see cref="HostChannelFactory"/>
    /// registered before (a simulated fleet) is kept. Needs Database, TimeProvider, logging and the options of the server.
    /// </summary>
    public static IServiceCollection AddHosts(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<HostsOptions>().BindConfiguration(HostsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<HostsOptions>>().Value);
        services.AddSingleton<HostStore>();
        services.AddSingleton<ReportAges>();
        services.AddSingleton(provider => SshKeyFile.Open(KeyPath(provider)));
        services.AddSingleton(provider => new ChannelLog(DataPath(provider, "logs", "channel.jsonl"), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(Ssh);
        services.AddSingleton(provider => new HostChannels(
            provider.GetRequiredService<HostStore>().Get,
            provider.GetRequiredService<HostChannelFactory>(),
            provider.GetRequiredService<ChannelLog>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Enrolment>();
        services.AddSingleton<Inventories>();
        services.TryAddSingleton<ServerMarks>(provider => () => Marks(provider.GetRequiredService<Database>()));
        services.AddSingleton<HostDoctor>();
        return services.AddInventoryClock(configuration);
    }

    /// <summary>The key is opened with the service, so that one that can't be used stops the program at its start.</summary>
    private static HostChannelFactory Ssh(IServiceProvider provider)
    {
        var key = provider.GetRequiredService<SshKeyFile>();
        var timeout = provider.GetRequiredService<HostsOptions>().ConnectTimeout;
        return row => new SshChannel(new SshTarget(row.Id, row.Address, row.Port, row.HostKeys, timeout), row.Account, key);
    }

    private static IServiceCollection AddInventoryClock(this IServiceCollection services, IConfiguration configuration)
    {
        // Parts of the SSH library block a thread while they wait: fifty hosts must not wait for the pool to grow.
        ThreadPool.GetMinThreads(out _, out var io);
        ThreadPool.SetMinThreads(64, io);
        var minutes = configuration.GetSection(HostsOptions.Section).Get<HostsOptions>()?.InventoryMinutes ?? new HostsOptions().InventoryMinutes;
        return services.AddQuartz(quartz => quartz.ScheduleJob<InventoryJob>(
            trigger => trigger.WithIdentity("inventory").StartNow().WithSimpleSchedule(every => every.WithInterval(TimeSpan.FromMinutes(minutes)).RepeatForever()),
            job => job.WithIdentity("inventory")));
    }

    /// <summary>The epoch and the highest sequence as <c>meta</c> has them; unlimited where nobody has written them yet.</summary>
    private static (long Epoch, long Sequence) Marks(Database database) => database.Read(connection => (Mark(connection, "epoch"), Mark(connection, "sequence")));

    private static long Mark(SqliteConnection connection, string key) =>
        connection.ExecuteScalar<long?>("SELECT CAST(value AS INTEGER) FROM meta WHERE key = @key", new { key }) ?? long.MaxValue;

    private static string KeyPath(IServiceProvider provider) =>
        provider.GetRequiredService<HostsOptions>().KeyFile is { Length: > 0 } path ? path : DataPath(provider, "keys", "hosts_ecdsa");

    private static string DataPath(IServiceProvider provider, string folder, string file) =>
        Path.Combine(provider.GetRequiredService<IOptions<PatchFlowOptions>>().Value.DataDirectory, folder, file);
}
