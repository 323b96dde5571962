using Dapper;
using Microsoft.Data.Sqlite;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Storage;

/// <summary>Documents by content. What is stored once never changes; what is read back is hashed again.</summary>
internal sealed class Documents(Database database)
{
    /// <summary>Keeps the bytes within a caller's transaction; storing the same bytes twice is a no-op.</summary>
    public static Digest Put(SqliteConnection connection, SqliteTransaction transaction, string kind, byte[] bytes, DateTimeOffset at)
    {
        var digest = Digest.Of(bytes);
        connection.Execute(
            "INSERT INTO documents (digest, kind, bytes, at) VALUES (@digest, @kind, @bytes, @at) ON CONFLICT (digest) DO NOTHING",
            new { digest = digest.Hex, kind, bytes, at = Utc.Text(at) },
            transaction);
        return digest;
    }

    /// <summary>The bytes with that digest, or null.</summary>
    /// <exception cref="InvalidDataException">The stored bytes are not those any more.</exception>
    public byte[]? Find(Digest digest) => database.Read(connection => Find(connection, digest));

    /// <inheritdoc cref="Find(Digest)"/>
    public static byte[]? Find(SqliteConnection connection, Digest digest)
    {
        var bytes = connection.QuerySingleOrDefault<byte[]>("SELECT bytes FROM documents WHERE digest = @digest", new { digest = digest.Hex });
        return bytes is null || Digest.Of(bytes) == digest
            ? bytes
            : throw new InvalidDataException($"document {digest} was altered in the database: restore it from a backup, and look for who wrote to the file");
    }

    /// <summary>The bytes with that digest.</summary>
    /// <exception cref="InvalidDataException">They are missing, or were altered.</exception>
    public byte[] Get(Digest digest) =>
        Find(digest) ?? throw new InvalidDataException($"document {digest} is not in the database: restore it from a backup");
}
