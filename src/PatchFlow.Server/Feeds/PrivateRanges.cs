using System.Net;

namespace PatchFlow.Server.Feeds;

/// <summary>Addresses that no vendor's archive on the internet has: what resolves to one would reach into the operator's own network.</summary>
internal static class PrivateRanges
{
    private static readonly IPNetwork[] Ranges =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "224.0.0.0/3",
            "::/128", "::1/128", "64:ff9b:1::/48", "fc00::/7", "fe80::/10", "ff00::/8",
        }.Select(range => IPNetwork.Parse(range)),
    ];

    /// <summary>Whether the address is private, link-local, loopback, multicast or reserved (RFC 6890).</summary>
    public static bool Contain(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Array.Exists(Ranges, range => range.BaseAddress.AddressFamily == plain.AddressFamily && range.Contains(plain));
    }
}
