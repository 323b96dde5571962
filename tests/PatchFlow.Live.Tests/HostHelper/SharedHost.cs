namespace PatchFlow.Live.Tests.HostHelper;

/// <summary>One production host for the tests that leave it as they found it, apart from packages of their own.</summary>
public sealed class SharedHost : IAsyncLifetime
{
    internal LiveHost Host { get; private set; } = null!;

    /// <summary>A package at its newer version; the older one is known.</summary>
    internal (Deb From, Deb To) Pair { get; private set; }

    public async ValueTask InitializeAsync()
    {
        Host = await LiveHost.StartAsync("web-1");
        Pair = (await new DebRecipe("pfshared", "1.0-1").MakeAsync(Host), await new DebRecipe("pfshared", "1.0-2").InstallAsync(Host));
    }

    public async ValueTask DisposeAsync() => await Host.DisposeAsync();
}

/// <summary>One ticket at a time on a host: these tests run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class HostHelperCollection : ICollectionFixture<SharedHost>
{
    public const string Name = "host helper";
}

/// <summary>The tests of what packages go through, on a host of their own: beside the others on two cores.</summary>
[CollectionDefinition(Name)]
public sealed class HostTicketCollection : ICollectionFixture<SharedHost>
{
    public const string Name = "host tickets";
}
