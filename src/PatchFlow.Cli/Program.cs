Console.WriteLine("patchflow");
