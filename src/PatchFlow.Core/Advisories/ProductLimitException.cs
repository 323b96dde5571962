namespace PatchFlow.Core.Advisories;

/// <summary>A document's groups, package URLs and doubtful ids stand for more products than <see cref="ProductTree.MostReached"/>. Its reader refuses it and lets none out.</summary>
internal sealed class ProductLimitException() : Exception(
    string.Create(System.Globalization.CultureInfo.InvariantCulture, $"what stands for several products (groups, package URLs, ids that are defined more than once) comes to more than {ProductTree.MostReached:N0} products in all"));
