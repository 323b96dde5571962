using PatchFlow.Server;
using PatchFlow.Server.Storage;
using Serilog;

var builder = WebApplication.CreateBuilder(args);
var options = builder.Configuration.GetSection(PatchFlowOptions.Section).Get<PatchFlowOptions>() ?? new();
Transport.RefusePlainText((builder.Configuration["Urls"] ?? "http://127.0.0.1:8080").Split(';', StringSplitOptions.RemoveEmptyEntries));

Log.Logger = Logging.Create(options);
builder.Host.UseSerilog();
builder.Services.AddOptions<PatchFlowOptions>().BindConfiguration(PatchFlowOptions.Section).ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton(new Database(Path.Combine(options.DataDirectory, "patchflow.db")));
builder.Services.AddSingleton<Documents>();

var app = builder.Build();
await app.RunAsync();
