using PatchFlow.Cli;

// UTF-8 for the glyphs; where the terminal is not UTF-8, Terminal falls back to ASCII.
return await CommandLine.RunAsync(args);
