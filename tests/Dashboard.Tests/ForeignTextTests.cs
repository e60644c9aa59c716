using ScheduleZero.Contracts;
using ScheduleZero.Dashboard.Components;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>What is shown of text that others wrote.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ForeignTextTests
{
    [TestCase("plain", "plain")]
    [TestCase("", "")]
    [TestCase("\u001b[31;1mred\u001b[0m", "red")]
    [TestCase("\u001b[2J\u001b[Hcleared", "cleared")]
    [TestCase("\u001b]0;title\u0007after", "after")]
    [TestCase("\u001b]8;;http://evil\u001b\\link", "link")]
    [TestCase("ends in\u001b", "ends in")]
    [TestCase("ends in\u001b[31", "ends in")]
    [TestCase("ends in\u001b]0;x", "ends in")]
    [TestCase("a\u202Eb\u2066c\u200Fd", "a\ufffdb\ufffdc\ufffdd")]
    [TestCase("null\0 bell\a", "null\u2400 bell\u2407")]
    [TestCase("c1\u009b31m", "c1\ufffd31m")]
    [TestCase("one\r\ntwo\nthree\rfour\tfive", "one two three four five")]
    [TestCase("👍🏽 👨\u200d👩", "👍🏽 👨\u200d👩")]
    [TestCase("<b>stays</b>", "<b>stays</b>")]
    public void A_line_shows_nothing_that_acts(string text, string shown) =>
        Assert.That(ForeignText.Line(text, 100), Is.EqualTo(shown));

    [TestCase("a\ue000b", "a\ufffdb")]
    [TestCase("a\ufeffb", "a\ufffdb")]
    [TestCase("a\u2028b", "a\ufffdb")]
    [TestCase("a\U000E0041b", "a\ufffdb")]
    [TestCase("a\U000FFFFDb", "a\ufffdb")]
    [TestCase("a\u0378b", "a\ufffdb")]
    public void What_nobody_sees_is_replaced_a_character_at_a_time(string text, string shown) =>
        Assert.That(ForeignText.Line(text, 100), Is.EqualTo(shown));

    [TestCase("a\u001b[31m\nb\u202Ec", 200, "a b\ufffdc")]
    [TestCase("abcdef", 6, "abcdef")]
    [TestCase("abcdefg", 6, "abcdef…")]
    [TestCase("ab\U0001F600c", 3, "ab\U0001F600…")]
    [TestCase(null, 200, "")]
    public void A_short_text_ends_where_it_is_cut(string? text, int lengthMax, string shown) =>
        Assert.That(ForeignText.Short(text, lengthMax), Is.EqualTo(shown));

    [Test]
    public void A_short_text_is_short_whatever_it_holds() =>
        Assert.That(ForeignText.Short(new string('w', 1_000_000), 10), Is.EqualTo("wwwwwwwwww…"));

    [Test]
    public void Half_a_surrogate_pair_is_replaced() =>
        Assert.That(ForeignText.Line("a\ud83d", 100), Is.EqualTo("a\ufffd"));

    [Test]
    public void A_block_has_its_line_ends() =>
        Assert.That(ForeignText.Block("one\r\ntwo\rthree\n\tfour", 100), Is.EqualTo("one\ntwo\nthree\n\tfour"));

    [Test]
    public void What_is_cut_is_counted_and_no_character_is_cut_in_half()
    {
        Assert.Multiple(() =>
        {
            Assert.That(ForeignText.Line("abcdef", 4), Is.EqualTo("abcd… (2 more characters)"));
            Assert.That(ForeignText.Line("abc👍x", 4), Is.EqualTo("abc👍… (1 more character)"));
            Assert.That(ForeignText.Line(new string('x', 1_000_000), 10), Has.Length.LessThan(60));
            Assert.That(ForeignText.Line(string.Concat(Enumerable.Repeat("\u001b[0m", 100_000)), 10), Is.Empty);
        });
    }

    [Test]
    public void An_outline_says_what_it_does_not_show()
    {
        var outline = JsonItem.Of(RawJson.From(Enumerable.Range(0, 5_000)))!;
        Assert.Multiple(() =>
        {
            Assert.That(outline.Text, Is.EqualTo("5,000 values"));
            Assert.That(outline.Items, Has.Count.EqualTo(JsonItem.ItemsMax - 1));
            Assert.That(outline.Items.Count + outline.Hidden, Is.EqualTo(5_000));
        });
    }

    [Test]
    public void A_deep_document_ends_where_it_is_too_deep()
    {
        var outline = JsonItem.Of(RawJson.Parse(new string('[', 60) + new string(']', 60)));
        var depth = 0;
        for (var item = outline; item is not null; item = item.Items is [var first, ..] ? first : null)
        {
            depth++;
        }

        Assert.That(depth, Is.EqualTo(31));
    }

    [TestCase("""{"a":"half \ud83d"}""")]
    [TestCase("not json")]
    [TestCase("")]
    public void What_cannot_be_outlined_is_left_to_the_download(string json) =>
        Assert.That(JsonItem.Of(new RawJson(System.Text.Encoding.UTF8.GetBytes(json))), Is.Null);

    [Test]
    public void A_document_that_is_too_large_is_left_to_the_download() =>
        Assert.That(JsonItem.Of(RawJson.From(new string('x', JsonItem.BytesMax))), Is.Null);
}
