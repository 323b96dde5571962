using PatchFlow.Core.Advisories;
using PatchFlow.Core.Patches;
using PatchFlow.Core.Tests.Advisories;
using PatchFlow.Core.Tests.Matching;

namespace PatchFlow.Core.Tests.Patches;

public sealed class VersionKeyTests
{
    [Theory]
    [InlineData(VersionScheme.Deb, "versions/deb-authoritative.tsv")]
    [InlineData(VersionScheme.Deb, "versions/deb-archive-pairs.tsv")]
    [InlineData(VersionScheme.Rpm, "versions/rpm-authoritative.tsv")]
    [InlineData(VersionScheme.Rpm, "versions/rpm-scanner-edge.tsv")]
    [InlineData(VersionScheme.Apk, "versions/apk-authoritative.tsv")]
    [InlineData(VersionScheme.Apk, "versions/apk-archive-pairs.tsv")]
    public void KeysHaveTheOrderOfTheTables(VersionScheme scheme, string file)
    {
        var compared = 0;
        foreach (var row in Table.Rows(file))
        {
            if (VersionKey.Of(scheme, row[0]) is { } left && VersionKey.Of(scheme, row[2]) is { } right)
            {
                Assert.Equal(row[1], Sign(left.AsSpan().SequenceCompareTo(right)));
                compared++;
            }
        }

        Assert.True(compared > Table.Rows(file).Count() / 2, "most rows hold versions");
    }

    [Theory]
    [InlineData(VersionScheme.Deb)]
    [InlineData(VersionScheme.Rpm)]
    [InlineData(VersionScheme.Apk)]
    [InlineData(VersionScheme.SemVer)]
    public void KeysOfAnyTwoVersionsHaveTheirOrder(VersionScheme scheme)
    {
        var random = new Random(20261126);
        var versions = Enumerable.Range(0, 600).Select(_ => RandomVersions.Of(scheme, random)).Distinct().ToArray();
        var keys = Array.ConvertAll(versions, v => VersionKey.Of(scheme, v));
        Assert.True(versions.Length > 200, "the generator repeats itself");
        for (var i = 0; i < versions.Length; i++)
        {
            for (var j = 0; j < versions.Length; j++)
            {
                var order = VersionOrder.Compare(scheme, versions[i], versions[j]);
                Assert.True(order is { } known && Math.Sign(known) == Math.Sign(keys[i].AsSpan().SequenceCompareTo(keys[j])), $"{versions[i]} and {versions[j]}");
            }
        }
    }

    // The longest texts that are versions, of parts that need most.
    [Theory]
    [InlineData(VersionScheme.Deb, "1", "a1")]
    [InlineData(VersionScheme.Deb, "1", "9")]
    [InlineData(VersionScheme.Rpm, "", "a1")]
    [InlineData(VersionScheme.Rpm, "", "1")]
    [InlineData(VersionScheme.Apk, "1", ".1")]
    [InlineData(VersionScheme.SemVer, "1.1.1-a", ".a")]
    public void TheLongestVersionsHaveKeys(VersionScheme scheme, string begin, string part)
    {
        var text = begin + string.Concat(Enumerable.Repeat(part, 256))[..(256 - begin.Length)];
        text = text.EndsWith('.') ? text[..^1] : text;
        Assert.NotNull(VersionKey.Of(scheme, text));
        Assert.Null(VersionKey.Of(scheme, text + "11"));
    }

    [Theory]
    [InlineData(VersionScheme.Deb, "a_b")]
    [InlineData(VersionScheme.Rpm, "1 2")]
    [InlineData(VersionScheme.Apk, "1_foo")]
    [InlineData(VersionScheme.SemVer, "1.0")]
    [InlineData(VersionScheme.Unknown, "1")]
    public void WhatIsNoVersionHasNoKey(VersionScheme scheme, string text) => Assert.Null(VersionKey.Of(scheme, text));

    private static string Sign(int order) => order switch { < 0 => "<", > 0 => ">", _ => "=" };
}
