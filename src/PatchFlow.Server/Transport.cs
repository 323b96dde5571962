using System.Net;

namespace PatchFlow.Server;

/// <summary>Browser and API are on TLS, except on loopback.</summary>
internal static class Transport
{
    /// <summary>Refuses an address that would send tokens in the clear over a network.</summary>
    /// <exception cref="InvalidOperationException">Names the address and the remedy.</exception>
    public static void RefusePlainText(IEnumerable<string> addresses)
    {
        foreach (var address in addresses)
        {
            var uri = new Uri(address.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal));
            if (uri.Scheme == Uri.UriSchemeHttp && !IsLoopback(uri))
            {
                throw new InvalidOperationException(
                    $"{address} would carry tokens without TLS: use https with a certificate (Kestrel:Certificates:Default), or a loopback address behind a TLS proxy");
            }
        }
    }

    private static bool IsLoopback(Uri uri) =>
        uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
