using PatchFlow.Cli;

return await CommandLine.RunAsync(args);
