using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Edges;

namespace ScheduleZero.Host.Tests.Edges;

public sealed class LogTests
{
    private static readonly UnicodeCategory[] Unfit =
    [
        UnicodeCategory.Control,
        UnicodeCategory.Format,
        UnicodeCategory.LineSeparator,
        UnicodeCategory.ParagraphSeparator,
        UnicodeCategory.Surrogate,
    ];

    [Test]
    public void An_event_is_one_line_of_plain_characters_whatever_its_words_and_its_failure_hold()
    {
        // The characters are separated, so that no two halves make a character.
        var all = string.Join(
            '-',
            Enumerable
                .Range(0, char.MaxValue + 1)
                .Select(code => (char)code)
                .Where(character => Unfit.Contains(char.GetUnicodeCategory(character)))
        );
        Assert.That(
            all,
            Has.Length.GreaterThan(2_000)
                .And.Contains("\u001b")
                .And.Contains("\u2028")
                .And.Contains("\u009b")
                .And.Contains("\u202e")
        );
        foreach (
            var hostile in new[]
            {
                all,
                "\n2026-10-01T12:00:00.000Z info: ScheduleZero[0] all is well",
                "\r\ngone\u001b[2K",
                "\ud83d",
            }
        )
        {
            var line = Written($"said {hostile}!", new InvalidOperationException($"not {hostile}"));
            Assert.That(line, Does.EndWith(Environment.NewLine));
            Assert.That(
                line[..^Environment.NewLine.Length]
                    .Where(character => Unfit.Contains(char.GetUnicodeCategory(character))),
                Is.Empty
            );
        }
    }

    [Test]
    public void Plain_words_stay_as_they_are() =>
        Assert.That(
            Written("Bridge büro-日本 💣 is \"linked\"", null),
            Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn: Test\[7\] Bridge büro-日本 💣 is ""linked""\s$")
        );

    [TestCase("a\u001b[31mb", @"a\u001b[31mb")]
    [TestCase("\r\n\t", @"\u000d\u000a\u0009")]
    [TestCase("x\u2028y\u0085", @"x\u2028y\u0085")]
    [TestCase("\U000e0001 tag", @"\udb40\udc01 tag")]
    [TestCase("", "")]
    public void What_is_no_plain_character_is_written_as_its_number(string text, string expected) =>
        Assert.That(LogText.Escape(text), Is.EqualTo(expected));

    private static string Written(string words, Exception? failure)
    {
        using var writer = new StringWriter();
        new OneLineFormatter().Write(
            new LogEntry<string>(LogLevel.Warning, "Test", 7, words, failure, static (state, _) => state),
            null,
            writer
        );
        return writer.ToString();
    }
}
