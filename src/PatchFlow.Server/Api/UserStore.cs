using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using PatchFlow.Client;
using PatchFlow.Server.Auditing;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary>A person as the table <c>users</c> keeps it.</summary>
internal sealed record UserRow(string Id, long Revision, string Name, ImmutableArray<Role> Roles, bool IsDisabled, DateTimeOffset At)
{
    /// <summary>What the wire shows.</summary>
    public UserView View => new(Id, Name, Roles, IsDisabled, At);
}

/// <summary>A token as the table <c>tokens</c> keeps it: never its secret.</summary>
internal sealed record TokenRow(string Id, string User, string Name, ImmutableArray<Role> Roles, DateTimeOffset At, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt)
{
    /// <summary>What the wire shows.</summary>
    public TokenView View => new(Id, User, Name, Roles, At, ExpiresAt, RevokedAt);
}

/// <summary>A token with its user.</summary>
internal sealed record KnownToken(TokenRow Token, UserRow User)
{
    /// <summary>Why it does not work, or null.</summary>
    public string? WhyNot(DateTimeOffset now) =>
        Token.RevokedAt is { } at ? $"token {Token.Id} was revoked at {at:u}: ask an administrator for a new one"
        : now >= Token.ExpiresAt ? $"token {Token.Id} expired at {Token.ExpiresAt:u}: ask an administrator for a new one"
        : User.IsDisabled ? $"user {User.Id} is disabled: ask an administrator"
        : null;

    /// <summary>The caller that it stands for: with the roles that both token and user have now.</summary>
    public Caller Caller(string origin) => new(User.Id, User.Name, [.. Token.Roles.Where(User.Roles.Contains)], Token.Id, Token.ExpiresAt, origin);
}

/// <summary>Users and tokens. Rows are never deleted, so that what decisions and audit entries name stays known.</summary>
internal sealed class UserStore(Database database, TimeProvider time)
{
    private const string SelectUser = "SELECT id, revision, name, roles, disabled, at FROM users";
    private const string SelectToken = "SELECT id, user_id AS UserId, name, roles, at, expires_at AS ExpiresAt, revoked_at AS RevokedAt FROM tokens";

    /// <summary>The token with that secret, whether it works or not; null where there is none.</summary>
    public KnownToken? FindBySecret(string secret) => database.Read(c =>
        c.QuerySingleOrDefault<RawToken>($"{SelectToken} WHERE hash = @hash", new { hash = TokenSecret.Hash(secret) })?.Row is { } token
            ? new KnownToken(token, Find(c, null, token.User)!)
            : null);

    /// <summary>All users by id.</summary>
    public ImmutableArray<UserRow> Users() => [.. database.Read(c => c.Query<RawUser>($"{SelectUser} ORDER BY id").ToList()).Select(u => u.Row)];

    /// <summary>The user, or null.</summary>
    public UserRow? Find(string id) => database.Read(c => Find(c, null, id));

    /// <summary>All tokens by id.</summary>
    public ImmutableArray<TokenRow> Tokens() => [.. database.Read(c => c.Query<RawToken>($"{SelectToken} ORDER BY id").ToList()).Select(t => t.Row)];

    /// <summary>The token, or null.</summary>
    public TokenRow? FindToken(string id) => Tokens().FirstOrDefault(t => t.Id == id);

    /// <summary>Whether nobody was ever added.</summary>
    public bool IsEmpty() => database.Read(c => c.ExecuteScalar<long>("SELECT COUNT(*) FROM users")) == 0;

    /// <summary>Adds a user. False where the id is taken.</summary>
    public Task<bool> AddAsync(UserRow user, Audit audit) => database.WriteAsync((connection, transaction) =>
    {
        if (Find(connection, transaction, user.Id) is not null)
        {
            return false;
        }

        AuditLog.Append(connection, transaction, audit, time.GetUtcNow());
        Insert(connection, transaction, user);
        return true;
    });

    /// <summary>Saves a user by compare-and-swap. False where somebody else was first.</summary>
    /// <exception cref="RefusedException">Nobody would be left who can administer.</exception>
    public Task<bool> SaveAsync(UserRow user, Audit audit) => database.WriteAsync((connection, transaction) =>
    {
        var others = connection.Query<RawUser>($"{SelectUser} WHERE id <> @id", new { id = user.Id }, transaction).Select(u => u.Row);
        if (!others.Append(user).Any(u => !u.IsDisabled && u.Roles.Contains(Role.Admin)))
        {
            throw RefusedException.Conflict($"{user.Id} is the last administrator: make another one first, or nobody could administer");
        }

        var isSaved = connection.Execute(
            "UPDATE users SET revision = revision + 1, name = @name, roles = @roles, disabled = @disabled WHERE id = @id AND revision = @revision",
            new { id = user.Id, revision = user.Revision, name = user.Name, roles = Text(user.Roles), disabled = user.IsDisabled ? 1 : 0 },
            transaction) == 1;
        if (isSaved)
        {
            AuditLog.Append(connection, transaction, audit, time.GetUtcNow());
        }

        return isSaved;
    });

    /// <summary>Makes a token; its id is given here, its secret is the caller's to show.</summary>
    public Task<TokenRow> AddTokenAsync(TokenRow token, string secret, Func<TokenRow, Audit> audit) => database.WriteAsync((connection, transaction) =>
    {
        var made = InsertToken(connection, transaction, token, secret);
        AuditLog.Append(connection, transaction, audit(made), time.GetUtcNow());
        return made;
    });

    /// <summary>Revokes a token; one that is revoked already stays as it is.</summary>
    public Task<TokenRow> RevokeAsync(TokenRow token, Audit audit) => database.WriteAsync((connection, transaction) =>
    {
        var now = time.GetUtcNow();
        if (connection.Execute("UPDATE tokens SET revoked_at = @at WHERE id = @id AND revoked_at IS NULL", new { id = token.Id, at = Utc.Text(now) }, transaction) == 1)
        {
            AuditLog.Append(connection, transaction, audit, now);
        }

        return connection.QuerySingle<RawToken>($"{SelectToken} WHERE id = @id", new { id = token.Id }, transaction).Row;
    });

    /// <summary>Adds the first administrator with a token, if nobody was ever added. Null where somebody was.</summary>
    public Task<TokenRow?> AddFirstAsync(UserRow user, TokenRow token, string secret, Audit audit) => database.WriteAsync((connection, transaction) =>
    {
        if (connection.ExecuteScalar<long>("SELECT COUNT(*) FROM users", transaction: transaction) > 0)
        {
            return null;
        }

        AuditLog.Append(connection, transaction, audit, time.GetUtcNow());
        Insert(connection, transaction, user);
        return InsertToken(connection, transaction, token, secret);
    });

    private static UserRow? Find(SqliteConnection connection, SqliteTransaction? transaction, string id) =>
        connection.QuerySingleOrDefault<RawUser>($"{SelectUser} WHERE id = @id", new { id }, transaction)?.Row;

    private static void Insert(SqliteConnection connection, SqliteTransaction transaction, UserRow user) => connection.Execute(
        "INSERT INTO users (id, revision, name, roles, disabled, at) VALUES (@id, 1, @name, @roles, 0, @at)",
        new { id = user.Id, name = user.Name, roles = Text(user.Roles), at = Utc.Text(user.At) },
        transaction);

    private static TokenRow InsertToken(SqliteConnection connection, SqliteTransaction transaction, TokenRow token, string secret)
    {
        var made = token with { Id = $"t{1 + connection.ExecuteScalar<long>("SELECT COUNT(*) FROM tokens", transaction: transaction)}" };
        connection.Execute(
            "INSERT INTO tokens (id, user_id, name, hash, roles, at, expires_at) VALUES (@id, @user, @name, @hash, @roles, @at, @expires)",
            new
            {
                id = made.Id,
                user = made.User,
                name = made.Name,
                hash = TokenSecret.Hash(secret),
                roles = Text(made.Roles),
                at = Utc.Text(made.At),
                expires = Utc.Text(made.ExpiresAt),
            },
            transaction);
        return made;
    }

    private static string Text(ImmutableArray<Role> roles) => string.Join(',', roles.Select(r => JsonNamingPolicy.CamelCase.ConvertName(r.ToString())));

    private static ImmutableArray<Role> Roles(string text) =>
        [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(r => Enum.Parse<Role>(r, ignoreCase: true))];

    private sealed record RawUser(string Id, long Revision, string Name, string Roles, long Disabled, string At)
    {
        public UserRow Row => new(Id, Revision, Name, UserStore.Roles(Roles), Disabled != 0, Utc.Time(At));
    }

    private sealed record RawToken(string Id, string UserId, string Name, string Roles, string At, string ExpiresAt, string? RevokedAt)
    {
        public TokenRow Row => new(Id, UserId, Name, UserStore.Roles(Roles), Utc.Time(At), Utc.Time(ExpiresAt), Utc.TimeOrNull(RevokedAt));
    }
}
