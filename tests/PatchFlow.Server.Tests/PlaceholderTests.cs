namespace PatchFlow.Server.Tests;
