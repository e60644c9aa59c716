using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ScheduleZero.Architecture.Tests;

/// <summary>
/// A method fits one screen: 50 lines from its signature to its last brace. Its comments above are not counted.
/// </summary>
public sealed class MethodLengthTests
{
    private const int LinesMax = 50;

    /// <summary>Methods that are a table: one case or row after the other, and no branch around them.</summary>
    private static readonly string[] Tables =
    [
        "AuthApi.Map",
        "CalendarsApi.Map",
        "ChangeRecord.Write",
        "HandlersApi.Map",
        "JobMachine.Apply",
        "JobRequestValidator.JobRequestValidator",
        "JobsApi.Map",
        "KeysApi.Map",
        "NamespacesApi.Map",
        "Overlay.TakeRow",
        "RolesApi.Map",
        "ScheduleTimesApi.Map",
        "SchedulesApi.Map",
        "TlsAcmeFlags.OptionsOf",
        "UsersApi.Map",
    ];

    [Test]
    public void No_method_of_the_product_is_longer_than_50_lines_except_tables()
    {
        var tooLong = SourceFiles.OfProduct.SelectMany(LongMethods).ToList();
        Assert.That(tooLong.Where(method => !Tables.Contains(method.Name)), Is.Empty);
    }

    private static IEnumerable<(string Name, int Lines)> LongMethods(string file) =>
        CSharpSyntaxTree
            .ParseText(File.ReadAllText(SourceFiles.FullPath(file)))
            .GetRoot()
            .DescendantNodes()
            .Where(node =>
                node is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax
            )
            .Select(node => (Name: $"{Path.GetFileNameWithoutExtension(file)}.{NameOf(node)}", Lines: LinesOf(node)))
            .Where(method => method.Lines > LinesMax);

    private static string NameOf(SyntaxNode node) =>
        node switch
        {
            MethodDeclarationSyntax method => method.Identifier.Text,
            LocalFunctionStatementSyntax function => function.Identifier.Text,
            ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
            _ => node.Kind().ToString(),
        };

    private static int LinesOf(SyntaxNode node)
    {
        var span = node.SyntaxTree.GetLineSpan(node.Span);
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }
}
