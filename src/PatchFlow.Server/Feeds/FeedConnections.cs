using System.Net;
using System.Net.Sockets;

namespace PatchFlow.Server.Feeds;

/// <summary>Connects to the hosts of configured feeds and to nobody else: what is checked is what is connected to.</summary>
internal sealed class FeedConnections
{
    private readonly HashSet<string> _hosts;
    private readonly HashSet<string> _private;

    public FeedConnections(FeedList feeds)
    {
        var remote = feeds.Addresses.Where(f => !f.Address.IsFile).ToList();
        _hosts = remote.SelectMany(f => Hosts(f.Address)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _private = remote.Where(f => f.MayBePrivate).SelectMany(f => Hosts(f.Address)).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Connects to a host of a configured feed.</summary>
    /// <exception cref="FeedException">It is none of those, or is in a private range and may not be.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        // An address of IPv6 stands in brackets there.
        var host = context.DnsEndPoint.Host.Trim('[', ']');
        if (!_hosts.Contains(host))
        {
            throw new FeedException(FeedFault.Redirected, $"a connection to {host} was refused: it is not the host of a configured feed");
        }

        var addresses = await AddressesAsync(host, cancel);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // What was looked up is what is connected to: a second look-up could answer otherwise (DNS rebinding).
    private async Task<IPAddress[]> AddressesAsync(string host, CancellationToken cancel)
    {
        var addresses = await Dns.GetHostAddressesAsync(host, cancel);
        return _private.Contains(host) || Array.Find(addresses, PrivateRanges.Contain) is not { } inside
            ? addresses
            : throw new FeedException(FeedFault.Redirected, $"{host} resolves to {inside}, which is in a private range: if the archive is in your own network, set the feed's privateNetwork to true");
    }

    private static IEnumerable<string> Hosts(Uri address)
    {
        // As connections are asked for: names in other scripts in their ASCII form.
        yield return address.IdnHost;
        if (HttpClient.DefaultProxy.GetProxy(address) is { } proxy && proxy != address)
        {
            yield return proxy.IdnHost;
        }
    }
}
