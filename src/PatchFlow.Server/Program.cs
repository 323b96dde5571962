using PatchFlow.Server;
using PatchFlow.Server.Api;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Matching;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Sandbox;
using PatchFlow.Server.Storage;
using Serilog;

try
{
    if (Arguments.Answer(args) is { } answer)
    {
        await Console.Out.WriteLineAsync(answer);
        return 0;
    }

    var builder = WebApplication.CreateBuilder(args);
    Settings.Check(builder.Configuration);
    var options = builder.Configuration.GetSection(PatchFlowOptions.Section).Get<PatchFlowOptions>() ?? new();
    Transport.RefusePlainText((builder.Configuration["Urls"] ?? "http://127.0.0.1:8080").Split(';', StringSplitOptions.RemoveEmptyEntries));
    Directory.CreateDirectory(options.DataDirectory);

    Log.Logger = Logging.Create(options);
    builder.Host.UseSerilog();
    builder.Services.AddOptions<PatchFlowOptions>().BindConfiguration(PatchFlowOptions.Section).ValidateDataAnnotations().ValidateOnStart();
    builder.Services.AddSingleton(TimeProvider.System);
    builder.Services.AddSingleton(_ => new Database(Path.Combine(options.DataDirectory, "patchflow.db")));
    builder.Services.AddSingleton<Documents>();
    builder.Services.AddWiring();
    builder.Services.AddFeeds(builder.Configuration, options.DataDirectory);
    builder.Services.AddHosts(builder.Configuration);
    builder.Services.AddSandbox();
    builder.Services.AddReconcile(builder.Configuration);
    builder.Services.AddMatching();
    builder.Services.AddApi();

    await using var app = builder.Build();
    app.MapApi();
    try
    {
        await app.StartAsync();
        // Addresses come from several settings; what it listens on in the end is what counts.
        Transport.RefusePlainText(app.Urls);
    }
    catch
    {
        // What was started already ends without a word; taken down with the program, it would fill the log with its own end.
        await app.StopAsync();
        throw;
    }

    await app.WaitForShutdownAsync();
    return 0;
}
catch (Exception e) when (StartFailure.InWords(e) is not null)
{
    // What an operator can mend, in words; the log has where it happened for those who look after the code.
    Log.Debug(e, "PatchFlow can't run");
    await Console.Error.WriteLineAsync($"patchflow-server: {StartFailure.InWords(e)}");
    return 1;
}
finally
{
    await Logging.CloseAsync(Log.Logger, Console.Error);
}
