using System.Net.Sockets;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace PatchFlow.Server.Sandbox;

/// <summary>
/// The container engine on this machine. Every call either answers or throws <see cref="EngineUnavailableException"/> (nobody is there,
/// or it went away) or <see cref="SandboxException"/> (it refused). Nothing is ever pulled.
/// </summary>
internal sealed class Engine : IDisposable
{
    private const string DefaultEndpoint = "unix:///var/run/docker.sock";
    // Less than the patience of who looks at health, so that it is told what does not answer.
    private static readonly TimeSpan PingTime = TimeSpan.FromSeconds(3);

    /// <summary>How long work on images, and programs in containers, may take.</summary>
    public static readonly TimeSpan LongTime = TimeSpan.FromMinutes(30);
    private readonly DockerClient _client;

    /// <summary>The engine at an address; null for that of <c>DOCKER_HOST</c>, or else the socket of this machine.</summary>
    public Engine(string? endpoint = null)
    {
        Endpoint = endpoint ?? (Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } host ? host : DefaultEndpoint);
        _client = new DockerClientBuilder().WithEndpoint(new Uri(Endpoint)).WithTimeout(Timeout.InfiniteTimeSpan).Build();
    }

    /// <summary>How long an ordinary call may take.</summary>
    public TimeSpan CallTime { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Where it listens.</summary>
    public string Endpoint { get; }

    /// <summary>Whether it runs on this machine, so that it and we see the same folders.</summary>
    public bool IsLocal => Endpoint.StartsWith("unix:", StringComparison.Ordinal);

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Returns when the engine answers. Cheap for the engine, unlike <see cref="InfoAsync"/>, for which it starts programs.</summary>
    public Task PingAsync(CancellationToken cancel) => SoonAsync("asking whether the engine is there", async (c, t) =>
    {
        await c.System.PingAsync(t);
        return true;
    }, cancel);

    /// <summary>What the engine says of itself.</summary>
    public Task<SystemInfoResponse> InfoAsync(CancellationToken cancel) =>
        SoonAsync("asking the engine about itself", (c, t) => c.System.GetSystemInfoAsync(t), cancel);

    private async Task<T> SoonAsync<T>(string what, Func<DockerClient, CancellationToken, Task<T>> call, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(PingTime);
        try
        {
            // The client goes on connecting, whatever is cancelled, for as long as the system tries: minutes, where a firewall drops what is sent.
            return await DoAsync(what, (c, t) => call(c, t).WaitAsync(t), limit.Token);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw Unavailable(e, $"it says nothing for {PingTime.TotalSeconds:0} s");
        }
    }

    /// <summary>The image, or null where there is none of that name or id.</summary>
    public Task<ImageInspectResponse?> FindImageAsync(string image, CancellationToken cancel) =>
        DoAsync($"looking for the image {image}", async (c, t) =>
        {
            try
            {
                return await c.Images.InspectImageAsync(image, t);
            }
            catch (DockerApiException e) when (IsMissing(e))
            {
                return null;
            }
        }, cancel);

    /// <summary>The container's state, or null where it is gone.</summary>
    public Task<ContainerInspectResponse?> FindContainerAsync(string container, CancellationToken cancel) =>
        DoAsync($"looking at the container {container}", async (c, t) =>
        {
            try
            {
                return await c.Containers.InspectContainerAsync(container, t);
            }
            catch (DockerApiException e) when (IsMissing(e))
            {
                return null;
            }
        }, cancel);

    /// <summary>Removes a container, running or not, with its anonymous volumes. One that is gone already is fine.</summary>
    public Task RemoveContainerAsync(string container, CancellationToken cancel) =>
        DoAsync($"removing the container {container}", async (c, t) =>
        {
            try
            {
                await c.Containers.RemoveContainerAsync(container, new ContainerRemoveParameters { Force = true, RemoveVolumes = true }, t);
            }
            catch (DockerApiException e) when (IsMissing(e))
            {
                // It is gone.
            }
            catch (DockerApiException e) when (e.StatusCode == System.Net.HttpStatusCode.Conflict)
            {
                await WaitUntilGoneAsync(container, t);
            }

            return true;
        }, cancel);

    /// <summary>Does one thing with the engine, and says what it was when that fails.</summary>
    /// <param name="what">The thing, for the message.</param>
    /// <param name="work">Does it.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="most">How long it may take; null for that of an ordinary call.</param>
    /// <exception cref="SandboxException">It failed, or took too long: an engine that hangs must not hold a place for ever.</exception>
    public async Task<T> DoAsync<T>(string what, Func<DockerClient, CancellationToken, Task<T>> work, CancellationToken cancel, TimeSpan? most = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(most ?? CallTime);
        try
        {
            return await work(_client, limit.Token);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new SandboxException($"{what}: the container engine at {Endpoint} did not come to an end within {(most ?? CallTime).TotalSeconds:0} s: it hangs, or the machine is overloaded; look at it, and start it again", e);
        }
        catch (DockerApiException e)
        {
            throw new SandboxException($"{what}: the container engine refused: {e.ResponseBody?.Trim() ?? e.Message}", e);
        }
        catch (Exception e) when (Cause(e) is HttpRequestException or SocketException or IOException or TimeoutException)
        {
            throw Unavailable(e, Cause(e).Message);
        }
    }

    // Somebody else removes it at this moment.
    private async Task WaitUntilGoneAsync(string container, CancellationToken cancel)
    {
        for (var tries = 0; await FindContainerAsync(container, cancel) is not null; tries++)
        {
            if (tries > 100)
            {
                throw new SandboxException($"the container {container} is being removed and does not go: look at it with 'docker inspect {container}'");
            }

            await Task.Delay(100, cancel);
        }
    }

    private static bool IsMissing(DockerApiException e) => e.StatusCode == System.Net.HttpStatusCode.NotFound;

    // That nobody listens at an address of TCP the client tells as an aggregate, whose own words say nothing.
    private static Exception Cause(Exception e) => e is AggregateException { InnerException: { } inner } ? inner : e;

    private EngineUnavailableException Unavailable(Exception e, string why) => new(
        $"no container engine answers at {Endpoint} ({why}): start it (for example with 'service docker start' or 'dockerd'), or name another with DOCKER_HOST", e);
}
