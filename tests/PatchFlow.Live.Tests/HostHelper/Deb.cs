using System.Text;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;

namespace PatchFlow.Live.Tests.HostHelper;

/// <summary>A package file that the test made.</summary>
internal sealed record Deb(string Name, string Arch, string Version, byte[] Bytes)
{
    public PackageFile File => new(Name, Arch, Version, Bytes.Length, Digest.Of(Bytes));
}

/// <summary>What a small package holds.</summary>
internal sealed record DebRecipe(string Name, string Version)
{
    public string Arch { get; init; } = "all";

    public string? Depends { get; init; }

    /// <summary>A maintainer script, for <c>sh -e</c>.</summary>
    public string? Preinst { get; init; }

    public string? Postinst { get; init; }

    /// <summary>The text of its conffile <c>/etc/NAME.conf</c>.</summary>
    public string? Conffile { get; init; }

    /// <summary>Random bytes in it, in KiB.</summary>
    public int Kibibytes { get; init; }

    /// <summary>The name of the file with them.</summary>
    public string DataFile { get; init; } = "data";

    /// <summary>Makes it on the host with dpkg-deb.</summary>
    public async Task<Deb> MakeAsync(LiveHost host)
    {
        var script = new StringBuilder("umask 022; d=$(mktemp -d); chmod 755 \"$d\"; cd \"$d\"; mkdir -p DEBIAN usr/share/").Append(Name).Append(" usr/lib/").Append(Name).Append('\n');
        Write(script, $"usr/share/{Name}/version", Version);
        Write(script, "DEBIAN/control", $"Package: {Name}\nVersion: {Version}\nArchitecture: {Arch}\nMaintainer: Test <test@localhost>\n{(Depends is null ? "" : $"Depends: {Depends}\n")}Description: test");
        Script(script, "preinst", Preinst);
        Script(script, "postinst", Postinst);
        if (Conffile is not null)
        {
            script.Append("mkdir etc\n");
            Write(script, $"etc/{Name}.conf", Conffile);
            Write(script, "DEBIAN/conffiles", $"/etc/{Name}.conf");
        }

        script.Append($"head -c {Kibibytes * 1024} /dev/urandom > usr/lib/{Name}/{DataFile}\n");
        script.Append($"(find usr etc -type f 2>/dev/null || true) | sort | xargs md5sum > DEBIAN/md5sums\n");
        script.Append($"mkdir -p ~root/debs; dpkg-deb --root-owner-group -Znone -b . ~root/debs/{Name}_{Version}.deb >&2; cat ~root/debs/{Name}_{Version}.deb; rm -r \"$d\"\n");
        var ran = await host.RunAsync(["sh", "-euc", script.ToString()]);
        Assert.True(ran.Exit == 0, ran.Error);
        return new(Name, Arch, Version, ran.Output);
    }

    /// <summary>Makes it and installs it, as an administrator did long ago.</summary>
    public async Task<Deb> InstallAsync(LiveHost host)
    {
        var deb = await MakeAsync(host);
        await host.MustAsync($"dpkg -i ~root/debs/{Name}_{Version}.deb");
        return deb;
    }

    private static void Script(StringBuilder script, string name, string? text)
    {
        if (text is not null)
        {
            Write(script, $"DEBIAN/{name}", $"#!/bin/sh\nset -e\n{text}");
            script.Append($"chmod 755 DEBIAN/{name}\n");
        }
    }

    private static void Write(StringBuilder script, string path, string text) =>
        script.Append($"cat > {path} <<'END_OF_TEXT'\n{text}\nEND_OF_TEXT\n");
}
