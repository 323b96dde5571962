using PatchFlow.Core.Hosts;
using Renci.SshNet;

namespace PatchFlow.Server.Hosts;

/// <summary>
/// The way to one host over SSH: one connection, opened when it is needed and again when it was lost, several commands on it
/// at once. A call on a connection that turns out to be dead is made once more on a new one: every call of the protocol
/// may be repeated.
/// </summary>
internal sealed class SshChannel(SshTarget target, string account, SshKeyFile key) : IHostChannel
{
    private static readonly TimeSpan _answer = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _longAnswer = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _connecting = new(1, 1);
    private SshSession? _session;

    /// <inheritdoc/>
    public async Task<HostReply> CallAsync(HostCall call, Stream? input, CancellationToken cancel)
    {
        var text = Text(call);
        var timeout = call.Words[0] is "stage" or "inventory" ? _longAnswer : _answer;
        var begin = input is { CanSeek: true } ? input.Position : 0;
        for (var again = false; ; again = true)
        {
            var (session, reused) = await SessionAsync(cancel);
            try
            {
                return await SshRun.Async(session, text, input, timeout, cancel);
            }
            catch (InvalidDataException tooMuch)
            {
                GiveUp(session);
                throw new HostRefusedException(call.Words[0], 0, $"{target} answered {tooMuch.Message}");
            }
            catch (Exception e) when (IsLost(e) && !cancel.IsCancellationRequested)
            {
                GiveUp(session);
                if (again || !reused || e is TimeoutException || input is { CanSeek: false })
                {
                    throw new HostUnreachableException($"{target}: {HostAnswer.Clean(e.Message)} (during {call.Words[0]})", e);
                }
            }

            _ = input?.Seek(begin, SeekOrigin.Begin);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref _session, null)?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(SshSession Session, bool Reused)> SessionAsync(CancellationToken cancel)
    {
        await _connecting.WaitAsync(cancel);
        try
        {
            if (_session is { IsOpen: true } open)
            {
                return (open, true);
            }

            _session?.Dispose();
            _session = null;
            using var secret = Secret();
            using var login = new PrivateKeyAuthenticationMethod(account, secret);
            _session = await SshSession.OpenAsync(target, login, cancel);
            return (_session, false);
        }
        finally
        {
            _connecting.Release();
        }
    }

    private PrivateKeyFile Secret()
    {
        try
        {
            return key.Load();
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new HostUnreachableException($"{target}: {e.Message}", e);
        }
    }

    private void GiveUp(SshSession session)
    {
        Interlocked.CompareExchange(ref _session, null, session);
        session.Dispose();
    }

    private static bool IsLost(Exception e) => e is not (UnreadInputException or InvalidDataException) && (e is TimeoutException || SshSession.IsLoss(e));

    /// <summary>The command line: words of the protocol's grammar, in which no shell finds anything to expand.</summary>
    private static string Text(HostCall call) => call.Words.All(IsWord)
        ? string.Join(' ', call.Words)
        : throw new ArgumentException($"a call has words of letters, digits and .:+~_/@=^%- only: {HostAnswer.Clean(string.Join(' ', call.Words))}");

    private static bool IsWord(string word) => word.Length is > 0 and <= 200 && word.All(c => char.IsAsciiLetterOrDigit(c) || ".:+_/@=%-".Contains(c, StringComparison.Ordinal));
}
