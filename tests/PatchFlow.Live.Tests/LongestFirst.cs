using PatchFlow.Live.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace PatchFlow.Live.Tests;

/// <summary>
/// Begins with the collections that take longest, so that no long one is left alone at the end while the other processors idle.
/// A collection that is not named here comes after those.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Order =
    [
        nameof(EndToEnd.RolloutTests), nameof(Sandbox.SandboxRunTests), HostHelper.HostTicketCollection.Name, nameof(EndToEnd.BrokenCanaryTests), HostHelper.HostHelperCollection.Name,
        nameof(HostHelper.CrashTests), nameof(HostHelper.ShippedChecksTests), nameof(EndToEnd.RejectedPatchTests), "sandbox", nameof(Hosts.EnrolmentTests),
    ];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection => [.. testCollections.OrderBy(Place)];

    // A class without a collection is one by itself, whose name tells the class's.
    private static int Place<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection
    {
        var place = Array.FindIndex(Order, name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal));
        return place < 0 ? Order.Length : place;
    }
}
