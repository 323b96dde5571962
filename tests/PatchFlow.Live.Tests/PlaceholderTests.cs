namespace PatchFlow.Live.Tests;
