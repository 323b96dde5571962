using PatchFlow.Cli;

StandardStreams.Take();
return await CommandLine.RunAsync(args);
