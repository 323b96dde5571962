namespace PatchFlow.Core.Advisories;

/// <summary>When what a statement of VEX says was known.</summary>
/// <param name="Statement">The statement's place in the document.</param>
/// <param name="At">The time; null where it can't be read, or neither the statement nor the document has one.</param>
/// <param name="IsOwn">Whether the statement itself has it; else it is the document's.</param>
internal readonly record struct VexTime(int Statement, DateTimeOffset? At, bool IsOwn);

/// <summary>
/// What a document of VEX says of products. Of several statements on one product and vulnerability the latest counts, since a later one corrects
/// what was said before (OpenVEX 0.2.0, the statement's "timestamp"), and of those of one time the last in the document. Where times don't tell
/// which is the last, that a product is not affected does not count beside anything else.
/// </summary>
internal sealed class VexStatements
{
    private readonly Dictionary<(string Vulnerability, string Product), List<Said>> _said = [];

    /// <summary>What one statement says of one product.</summary>
    /// <param name="affected">What it says.</param>
    /// <param name="version">The only version that it is about; null where it is about all.</param>
    /// <param name="time">When it was known.</param>
    public sealed class Said(AffectedPackage affected, string? version, VexTime time)
    {
        /// <summary>What it says.</summary>
        public AffectedPackage Affected => affected;

        /// <summary>The only version that it is about; null where it is about all.</summary>
        public string? Version => version;

        /// <summary>When it was known.</summary>
        public VexTime Time => time;

        /// <summary>Whether it says that the product is not affected.</summary>
        public bool IsDenial => affected.State == FixState.NotAffected;

        /// <summary>Whether another statement counts instead.</summary>
        public bool IsOver { get; set; }
    }

    /// <summary>Adds what a statement says of a product, in the order of the document.</summary>
    public Said Add(string vulnerability, PackageUrl product, AffectedPackage affected, VexTime time)
    {
        var key = (vulnerability, product.Type.Length > 0 ? $"{product.Type}/{product.Namespace}/{product.Name}?{product.Qualifiers}" : product.Text);
        if (!_said.TryGetValue(key, out var all))
        {
            _said.Add(key, all = []);
        }

        var said = new Said(affected, product.Release is null ? product.Version : null, time);
        all.Add(said);
        return said;
    }

    /// <summary>Finds out which of them are over, once all are added.</summary>
    public void Settle()
    {
        foreach (var all in _said.Values.Where(all => all.Count > 1))
        {
            foreach (var same in all.GroupBy(said => said.Version))
            {
                KeepLast([.. same]);
            }

            var whole = all.FindAll(said => said.Version is null && !said.IsOver);
            if (whole.Count > 0)
            {
                all.FindAll(said => said.Version is not null && !said.IsOver).ForEach(one => Settle(one, whole));
            }
        }
    }

    private static void KeepLast(List<Said> same)
    {
        if (same.TrueForAll(said => said.Time.At is not null))
        {
            var last = same.Max(said => said.Time.At);
            same.FindAll(said => said.Time.At < last).ForEach(said => said.IsOver = true);
            same.RemoveAll(said => said.IsOver);
        }

        if (same.TrueForAll(said => said.Time is { At: not null, IsOwn: true }))
        {
            var last = same[^1].Time.Statement;
            same.FindAll(said => said.Time.Statement != last).ForEach(said => said.IsOver = true);
        }
        else if (same.Exists(said => !said.IsDenial))
        {
            EndDenials(same);
        }
    }

    // What is said of one version leaves what was said of the others, unless that was that none is affected.
    private static void Settle(Said one, List<Said> whole)
    {
        var isBefore = IsBefore(one.Time, whole);
        if (isBefore != true && !one.IsDenial)
        {
            EndDenials(whole);
        }

        one.IsOver = isBefore ?? (one.IsDenial && whole.Exists(said => !said.IsDenial));
    }

    private static void EndDenials(List<Said> all) => all.FindAll(said => said.IsDenial).ForEach(said => said.IsOver = true);

    // Null where it can't be told. Those that are left of several have one time, or none that is known.
    private static bool? IsBefore(VexTime one, List<Said> whole) =>
        one.At is null || whole.Exists(said => said.Time.At is null) ? null
        : one.At != whole[0].Time.At ? one.At < whole[0].Time.At
        : one.IsOwn && whole.TrueForAll(said => said.Time.IsOwn) ? one.Statement < whole[0].Time.Statement
        : null;
}
