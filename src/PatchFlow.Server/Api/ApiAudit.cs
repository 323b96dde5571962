using PatchFlow.Server.Auditing;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary>Audit entries of requests whose effect is not a row of their own: written before it.</summary>
internal sealed class ApiAudit(Database database, TimeProvider time)
{
    /// <summary>Writes the entry.</summary>
    public Task<long> AppendAsync(Audit audit) => database.WriteAsync((c, t) => AuditLog.Append(c, t, audit, time.GetUtcNow()));
}
