using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Tests.Documents;

/// <summary>Whoever holds a block finds in it what was given, however far its reader has gone on.</summary>
public sealed class SharedBlockTests
{
    [Fact]
    public void WhatIsHeldStaysAsItWasGiven()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"Package: p{i}\nVersion: {i}\nArchitecture: all\nFilename: p{i}.deb\nDescription: {i * 7919}\n\n")));
        var held = new List<BlockPart>();
        AptPackages.Read(new MemoryStream(text), text.Length, part =>
        {
            part.Block.Hold();
            held.Add(part);
        });
        Assert.InRange(held.Count, 4, 40);
        Assert.Equal(text, held.SelectMany(part => part.Span.ToArray()));
        held.ForEach(part => part.Block.Release());
    }

    [Fact]
    public void WhatNobodyHoldsCanNotBeHeldNorReleased()
    {
        var block = SharedBlock.Rent(1);
        block.Hold();
        block.Release();
        block.Hold();
        block.Release();
        block.Release();
        Assert.Throws<ObjectDisposedException>(block.Hold);
        Assert.Throws<ObjectDisposedException>(block.Release);
    }
}
