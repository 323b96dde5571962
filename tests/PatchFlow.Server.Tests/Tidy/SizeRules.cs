using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace PatchFlow.Server.Tests.Tidy;

/// <summary>What fits on a screen can be read as a whole.</summary>
internal static class SizeRules
{
    public const int MethodLines = 60;
    public const int FileLines = 400;

    public static IEnumerable<Finding> Check(string file, string source)
    {
        var lines = source.AsSpan().TrimEnd('\n').Count('\n') + 1;
        if (lines > FileLines)
        {
            yield return new Finding(file, $"{lines} lines; split it (at most {FileLines})");
        }

        var tree = CSharpSyntaxTree.ParseText(source);
        foreach (var (name, node) in Bodies((CompilationUnitSyntax)tree.GetRoot()))
        {
            var span = tree.GetLineSpan(node);
            var length = span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
            if (length > MethodLines)
            {
                yield return new Finding($"{file}:{span.StartLinePosition.Line + 1}", $"{name} has {length} lines; split it (at most {MethodLines})");
            }
        }
    }

    private static IEnumerable<(string Name, Microsoft.CodeAnalysis.Text.TextSpan Span)> Bodies(CompilationUnitSyntax unit)
    {
        foreach (var node in unit.DescendantNodes())
        {
            var name = node switch
            {
                MethodDeclarationSyntax method => method.Identifier.Text,
                BaseMethodDeclarationSyntax member => member.Kind().ToString(),
                LocalFunctionStatementSyntax local => local.Identifier.Text,
                BasePropertyDeclarationSyntax property => property.Kind().ToString(),
                _ => null,
            };
            if (name is not null)
            {
                yield return (name, node.Span);
            }
        }

        // Top-level statements are one method too.
        var statements = unit.Members.OfType<GlobalStatementSyntax>().ToArray();
        if (statements.Length > 0)
        {
            yield return ("the program", Microsoft.CodeAnalysis.Text.TextSpan.FromBounds(statements[0].SpanStart, statements[^1].Span.End));
        }
    }
}
