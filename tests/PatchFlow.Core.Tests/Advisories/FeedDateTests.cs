using System.Globalization;
using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>A date of a JSON document is what the framework makes of it, or it is refused; whatever stands there, the rest is read.</summary>
public sealed class FeedDateTests
{
    private const string Letters = "0123456789:-+.TZtz ,";

    private static readonly string[] Dates =
    [
        "2024-02-29T23:59:59Z", "2024-12-31T23:59:59.9999999+14:00", "1999-01-01T00:00:00.1Z", "2026-11-01T00:00:00-00:00", "2024-06-30T23:59:60Z",
        "2024-01-01T24:00:00Z", "2024-01-01T10:00Z", "1000-01-01T00:00:00Z", "2999-12-31T00:00:00-14:00",
    ];

    [Theory]
    [InlineData("2024-02-29T23:59:59.")]
    [InlineData("2024-02-29T23:59:5Z.")]
    [InlineData("2024-02-29T23:59:59.Z")]
    [InlineData("....................")]
    [InlineData("1................:..")]
    [InlineData("1...............:...")]
    public void ADateThatEndsAtThePointOfItsSecondIsReadAsAnyOther(string date) => Assert.Null(Difference(date));

    [Fact]
    public void ADateIsWhatTheFrameworkMakesOfIt()
    {
        var random = new Random(5);
        var differences = Enumerable.Range(0, 20_000).Select(_ => Difference(Changed(Dates[random.Next(Dates.Length)], random))).OfType<string>().Take(10).ToList();
        Assert.True(differences.Count == 0, string.Join("\n", differences));
    }

    private static string? Difference(string date)
    {
        var (entries, refused) = (new List<RolieEntry>(), new List<string>());
        var feed = $$$"""{"feed":{"entry":[{"id":"x","updated":"{{{date}}}","link":[{"rel":"self","href":"https://v.example/a.json"}]}]}}""";
        RolieFeed.Read(new MemoryStream(Encoding.UTF8.GetBytes(feed)), new AdvisorySink("x", _ => { }, r => refused.Add(r.Reason)), entries.Add);
        DateTimeOffset? expected = date.Length >= 10 && date[0] is '1' or '2' && date[4] == '-'
            && DateTimeOffset.TryParse(date, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var read) ? read : null;
        return entries is [var entry] && entry.Updated == expected && refused.Count == (expected is null ? 1 : 0) ? null
            : $"'{date}' is read as {(entries.Count == 1 ? entries[0].Updated : null):O} and not as {expected:O}, {refused.Count} are refused";
    }

    // Up to two characters are others, more, or gone.
    private static string Changed(string date, Random random)
    {
        var text = new StringBuilder(date);
        for (var changes = random.Next(3); changes > 0; changes--)
        {
            var (at, letter) = (random.Next(text.Length), Letters[random.Next(Letters.Length)]);
            _ = random.Next(3) switch
            {
                0 => text.Remove(at, 1).Insert(at, letter),
                1 => text.Insert(at, letter),
                _ => text.Remove(at, 1),
            };
        }

        return text.ToString();
    }
}
