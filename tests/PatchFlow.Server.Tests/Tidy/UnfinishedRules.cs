using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace PatchFlow.Server.Tests.Tidy;

/// <summary>Nothing unfinished, switched off or swallowed is merged.</summary>
internal static partial class UnfinishedRules
{
    /// <summary>Marks of unfinished work, in a file of any kind.</summary>
    public static IEnumerable<Finding> CheckText(string file, string text)
    {
        foreach (Match match in Marks().Matches(text))
        {
            var line = text.AsSpan(0, match.Index).Count('\n') + 1;
            yield return new Finding($"{file}:{line}", $"'{match.Value}': finish it, or write an issue");
        }
    }

    /// <summary>Tests that are switched off, sleeps, stubs, and exceptions that nobody hears of.</summary>
    public static IEnumerable<Finding> CheckCSharp(string file, string source)
    {
        var tree = CSharpSyntaxTree.ParseText(source);
        foreach (var node in tree.GetRoot().DescendantNodes())
        {
            var message = node switch
            {
                AttributeArgumentSyntax { NameEquals.Name.Identifier.Text: "Skip" } => "a skipped test is no test: mend it or remove it",
                InvocationExpressionSyntax call when Called(call) is "Thread.Sleep" => "wait for what you wait for, not for a time",
                ObjectCreationExpressionSyntax { Type: IdentifierNameSyntax { Identifier.Text: "NotImplementedException" } } => "a stub",
                CatchClauseSyntax { Block: { Statements.Count: 0 } block } when !HasComment(block) => "an exception is swallowed, and no comment says why",
                _ => null,
            };
            if (message is not null)
            {
                yield return new Finding($"{file}:{tree.GetLineSpan(node.Span).StartLinePosition.Line + 1}", message);
            }
        }
    }

    private static string Called(InvocationExpressionSyntax call) => call.Expression.WithoutTrivia().ToString();

    private static bool HasComment(BlockSyntax block) =>
        block.DescendantTrivia().Any(trivia => trivia.IsKind(SyntaxKind.SingleLineCommentTrivia));

    // In two halves, so that this file is not found by its own rule.
    [GeneratedRegex(@"\b(?:TO" + @"DO|FIX" + @"ME|HA" + @"CK|X" + @"XX)\b")]
    private static partial Regex Marks();
}
