namespace ScheduleZero.Architecture.Tests;

/// <summary>
/// Lines of code have at most 120 columns. CSharpier breaks code; comments and long literals are broken by hand.
/// </summary>
public sealed class LineLengthTests
{
    private const int ColumnsMax = 120;

    [Test]
    public void No_line_of_code_is_longer_than_120_columns_outside_raw_string_literals()
    {
        Assert.That(SourceFiles.All, Has.Count.GreaterThan(500));
        Assert.That(SourceFiles.All.SelectMany(LongLines), Is.Empty);
    }

    private static IEnumerable<string> LongLines(string file)
    {
        var isInLiteral = false;
        var number = 0;
        foreach (var line in File.ReadLines(SourceFiles.FullPath(file)))
        {
            number++;
            var quotes = line.Split("\"\"\"").Length - 1;
            if (line.Length > ColumnsMax && !isInLiteral && quotes == 0)
            {
                yield return $"{file}:{number} has {line.Length} columns";
            }

            isInLiteral ^= quotes % 2 == 1;
        }
    }
}
