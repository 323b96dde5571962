using System.CommandLine;
using System.Text;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Cli.Commands;

/// <summary><c>patchflow hosts report</c>: what a host has that PatchFlow can't ask.</summary>
internal static class ReportCommand
{
    private const string StandardInput = "-";

    public static Command Of(Argument<string> id)
    {
        var file = new Argument<string>("file") { Description = "The report (docs/formats.md); - for standard input" };
        var group = new Option<string?>("--group") { Description = "The group of a host that is not known yet" };
        return new Command("report", "Tell what a host has that is reported on and never deployed to") { id, file, group }.Does(async (parsed, session, cancel) =>
        {
            var text = await ReadAsync(parsed.GetValue(file)!, cancel);
            var host = await session.Api.ReportHostAsync(parsed.GetValue(id)!, new(text, parsed.GetValue(group)), cancel: cancel);
            return session.Print(host, terminal => terminal.Line($"{Words.Safe(host.Id)} is reported on, not deployed to. What is open: patchflow exposure --host {Words.Safe(host.Id)}"));
        });
    }

    // Read here first: a mistake is shown with its line, and nothing is sent.
    private static async Task<string> ReadAsync(string path, CancellationToken cancel)
    {
        using var bytes = new MemoryStream();
        await using (var from = path == StandardInput ? StandardStreams.OpenInput() : File.OpenRead(path))
        {
            var buffer = new byte[1 << 16];
            for (int count; bytes.Length <= DocumentLimits.ReportBytes && (count = await from.ReadAsync(buffer, cancel)) > 0;)
            {
                bytes.Write(buffer, 0, count);
            }
        }

        try
        {
            return Encoding.UTF8.GetString(HostReport.Parse(bytes.ToArray()).ToBytes());
        }
        catch (DocumentException e)
        {
            throw new UsageException($"{(path == StandardInput ? "standard input" : path)}: {e.Message}", "nothing was sent; make the report anew as docs/operations.md shows");
        }
    }
}
