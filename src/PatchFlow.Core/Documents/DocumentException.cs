namespace PatchFlow.Core.Documents;

/// <summary>A document that is not in canonical form, or breaks a rule of its format. Nothing of it is used.</summary>
/// <param name="document">The document's name, for example <c>patchflow-plan</c>.</param>
/// <param name="line">The line, from 1; 0 where the document as a whole is wrong.</param>
/// <param name="reason">What is wrong, and what is expected.</param>
public sealed class DocumentException(string document, int line, string reason)
    : FormatException(line > 0 ? $"{document}, line {line}: {reason}" : $"{document}: {reason}")
{
    /// <summary>The document's name.</summary>
    public string Document { get; } = document;

    /// <summary>The line, from 1; 0 for the whole.</summary>
    public int Line { get; } = line;
}
