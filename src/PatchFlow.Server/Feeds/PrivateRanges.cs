using System.Net;

namespace PatchFlow.Server.Feeds;

/// <summary>Addresses that no vendor's archive on the internet has: what resolves to one would reach into the operator's own network.</summary>
internal static class PrivateRanges
{
    private static readonly IPNetwork[] Ranges =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3",
            "::/128", "::1/128", "64:ff9b:1::/48", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(range => IPNetwork.Parse(range)),
    ];

    // Ways on which an IPv4 address travels within one of IPv6, and the byte at which it stands there: NAT64 (RFC 6052), 6to4 (RFC 3056), and
    // of Teredo (RFC 4380) its server; the client's comes after that, with all bits turned round.
    private static readonly (IPNetwork Range, int At, byte Mask)[] Embedding =
    [
        (IPNetwork.Parse("64:ff9b::/96"), 12, 0), (IPNetwork.Parse("2002::/16"), 2, 0), (IPNetwork.Parse("2001::/32"), 4, 0), (IPNetwork.Parse("2001::/32"), 12, 0xff),
        // IPv4-compatible, which nobody should use any more (RFC 4291).
        (IPNetwork.Parse("::/96"), 12, 0),
    ];

    /// <summary>Whether the address, or one that it embeds, is private, link-local, loopback, multicast or reserved (RFC 6890).</summary>
    public static bool Contain(IPAddress address) => Array.Exists(Ranges, range => Has(range, Plain(address))) || Embedded(address).Any(Contain);

    private static IEnumerable<IPAddress> Embedded(IPAddress address) => Embedding.Where(way => Has(way.Range, address))
        .Select(way => new IPAddress([.. address.GetAddressBytes().Skip(way.At).Take(4).Select(b => (byte)(b ^ way.Mask))]));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool Has(IPNetwork range, IPAddress address) => range.BaseAddress.AddressFamily == address.AddressFamily && range.Contains(address);
}
