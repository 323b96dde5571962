namespace PatchFlow.Core.Advisories;

/// <summary>Reads a document of any kind.</summary>
public static class DocumentReader
{
    /// <summary>Reads a document; never throws for what it holds.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="document">Its bytes, decompressed.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="found">Takes each <see cref="Advisory"/>, <see cref="AptPackage"/>, <see cref="AptRelease"/>, <see cref="KevEntry"/>, <see cref="EpssScore"/>, <see cref="DebianSupportEntry"/>, <see cref="Repomd"/>, <see cref="Metalink"/>, <see cref="RpmPackage"/>, <see cref="VendorUpdate"/>, <see cref="MsrcMonthEntry"/>, <see cref="CsafProvider"/>, <see cref="CsafAggregator"/>, <see cref="CsafEntry"/>, <see cref="RolieEntry"/> or <see cref="CsafDistribution"/>.</param>
    /// <param name="refused">Takes each part that was refused.</param>
    /// <param name="beside">See <see cref="AdvisorySink.Beside"/>.</param>
    public static void Read(DocumentKind kind, Stream document, string file, Action<object> found, Action<Refusal> refused, Func<Action, Action>? beside = null)
    {
        var sink = new AdvisorySink(file, found, refused) { Beside = beside };
        if (Records(kind) is { } records)
        {
            records(document, sink, found);
            return;
        }

        switch (kind)
        {
            case DocumentKind.Epss:
                Epss.Read(document, file, found, refused);
                break;
            case DocumentKind.Kev:
                Each(Kev.Read(document, file, refused)?.Entries, found);
                break;
            case DocumentKind.KevCsv:
                Each(KevCsv.Read(document, file, refused), found);
                break;
            case DocumentKind.Metalink:
                One(Metalink.Read(document, file, refused), found);
                break;
            case DocumentKind.Repomd:
                One(Repomd.Read(document, file, refused), found);
                break;
            case DocumentKind.RpmPrimary:
                RpmPrimary.Read(document, file, found, refused);
                break;
            default:
                Advisories(kind)(document, sink);
                break;
        }
    }

    // What holds other records than advisories.
    private static Action<Stream, AdvisorySink, Action<object>>? Records(DocumentKind kind) => kind switch
    {
        DocumentKind.AptPackages => AptDocuments.ReadPackages,
        DocumentKind.AptRelease => AptDocuments.ReadRelease,
        DocumentKind.CsafAggregator => (document, sink, found) => One(CsafAggregator.Read(document, sink), found),
        DocumentKind.CsafIndex => (document, sink, found) => Each(CsafIndex.Read(document, sink), found),
        DocumentKind.CsafProvider => (document, sink, found) => One(CsafProvider.Read(document, sink), found),
        DocumentKind.DebianSupportEnded => DebianSupport.ReadEnded,
        DocumentKind.DebianSupportLimited => DebianSupport.ReadLimited,
        DocumentKind.MsrcDeployments => (document, sink, found) => MsrcGuide.ReadDeployments(document, sink, found),
        DocumentKind.MsrcMonths => (document, sink, found) => MsrcGuide.ReadMonths(document, sink, found),
        DocumentKind.RolieFeed => (document, sink, found) => RolieFeed.Read(document, sink, found),
        DocumentKind.RolieService => (document, sink, found) => Each(RolieService.Read(document, sink), found),
        DocumentKind.UpdateCatalog => UpdateCatalog.Read,
        _ => null,
    };

    private static Action<Stream, AdvisorySink> Advisories(DocumentKind kind) => kind switch
    {
        DocumentKind.AlmaErrata => AlmaErrata.Read,
        DocumentKind.AlpineSecdb => AlpineSecdb.Read,
        DocumentKind.BodhiUpdates => BodhiUpdates.Read,
        DocumentKind.Csaf => Csaf.Read,
        DocumentKind.Cvrf => Cvrf.Read,
        DocumentKind.DebianMail => DebianAnnouncement.Read,
        DocumentKind.DebianList => DebianSecurityList.Read,
        DocumentKind.DebianTracker => DebianTracker.Read,
        DocumentKind.MsrcCvrf => MsrcCvrf.Read,
        DocumentKind.MsrcCvrfJson => MsrcCvrfJson.Read,
        DocumentKind.MsrcProducts => (document, sink) => MsrcGuide.ReadProducts(document, sink),
        DocumentKind.MsrcVulnerabilities => (document, sink) => MsrcGuide.ReadVulnerabilities(document, sink),
        DocumentKind.OpenVex => OpenVex.Read,
        DocumentKind.Osv => (document, sink) => Osv.Read(document, sink),
        DocumentKind.RockyErrata => RockyErrata.Read,
        DocumentKind.Updateinfo => UpdateInfo.Read,
        DocumentKind.UsnDatabase => UbuntuNotices.ReadDatabase,
        DocumentKind.UsnNotices => UbuntuNotices.ReadPage,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no reader"),
    };

    private static void One(object? read, Action<object> found)
    {
        if (read is not null)
        {
            found(read);
        }
    }

    private static void Each(IEnumerable<object>? entries, Action<object> found)
    {
        foreach (var entry in entries ?? [])
        {
            found(entry);
        }
    }
}
