using PatchFlow.Fuzz;

// Each parser gets the same processor time for inputs that are bent until they reach new code. Exit status 0: no parser did anything with any
// of them but read or refuse it. `worker …` is what a campaign starts for each parser.
if (args is ["worker", .. var words])
{
    return Worker.Run(words);
}

if (FuzzOptions.Read(args, out var options) is { } problem)
{
    Console.Error.WriteLine($"fuzz: {problem}\n  usage: PatchFlow.Fuzz [--seconds N] [--seed N] [--only NAME] [--out FOLDER] | --input FILE --only NAME");
    return 2;
}

return options.Input is null ? new Campaign(options).Run() : Worker.Once(options);
