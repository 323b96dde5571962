using System.Buffers.Text;
using System.Security.Cryptography;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Api;

/// <summary>A token's secret: 256 random bits, shown once, kept as a hash. It has no structure, so a fast hash is enough.</summary>
internal static class TokenSecret
{
    private const string Prefix = "pft_";
    private const int RandomBytes = 32;

    /// <summary>A new one. The prefix lets scanners of repositories find one that leaked.</summary>
    public static string Make() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>What is kept of it.</summary>
    public static string Hash(string secret) => Digest.Of(System.Text.Encoding.UTF8.GetBytes(secret)).Hex;
}
