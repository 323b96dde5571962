namespace PatchFlow.Core.Advisories;

/// <summary>Reads <c>primary.xml</c>, the list of packages of a repository of rpm, decompressed, as createrepo_c writes it.</summary>
public static class RpmPrimary
{
    /// <summary>Gives each package to <paramref name="found"/>; one that is wrong is refused alone.</summary>
    /// <param name="document">Its bytes.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="found">Takes each package.</param>
    /// <param name="refused">Takes each part that was refused.</param>
    /// <param name="limits">What it may hold.</param>
    public static void Read(Stream document, string file, Action<RpmPackage> found, Action<Refusal> refused, AdvisoryLimits? limits = null)
    {
        var sink = new AdvisorySink(file, _ => { }, refused, limits);
        XmlWalk.Read(document, sink.Limits, "metadata", sink.RefuseRest, xml => ReadPackages(xml, sink, found));
    }

    // The number of packages that the root states tells a document that was cut off and mended, or put together from two.
    private static bool ReadPackages(XmlWalk xml, AdvisorySink sink, Action<RpmPackage> found)
    {
        var stated = xml.Attribute("packages");
        var number = 0;
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            if (xml.Name != "package")
            {
                continue;
            }

            if (number++ == sink.Limits.Records)
            {
                sink.Refuse($"line {xml.Line}", $"the document has more than {sink.Limits.Records} packages: the rest is not read");
                return false;
            }

            xml.BeginRecord();
            if (new RpmPackageReader(xml, sink, number).Read() is { } package)
            {
                found(package);
            }
        }

        if (stated is not null && stated != FormattableString.Invariant($"{number}"))
        {
            sink.Refuse("", $"it says that it has {XmlWalk.Shown(stated)} packages, and has {number}: it is not complete, fetch it again");
        }

        return true;
    }
}
