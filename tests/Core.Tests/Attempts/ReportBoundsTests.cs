using System.Globalization;
using System.Text;
using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Core.Tests.Attempts;

/// <summary>How the errors that handlers report are cut to their limits.</summary>
public sealed class ReportBoundsTests
{
    private static readonly AttemptError Error = new() { Type = "t", Message = "m" };

    private static RawJson JsonOf(int bytes) => RawJson.Parse(new string('1', bytes));

    [Test]
    public void Failure_without_an_error_says_that_there_was_none()
    {
        var error = ReportBounds.Of(null);
        Assert.That((error.Type, error.Message), Is.EqualTo(("unknown", "The handler gave no error.")));
        Assert.That(error.Retryable, Is.True);
    }

    [Test]
    public void Error_without_a_type_and_a_message_is_of_an_unknown_type()
    {
        var error = ReportBounds.Of(Error with { Type = null!, Message = null! });
        Assert.That((error.Type, error.Message, error.StackTrace), Is.EqualTo(("unknown", "", (string?)null)));
    }

    [TestCase(0)]
    [TestCase(1)]
    public void Texts_are_cut_to_their_limits(int over)
    {
        var error = ReportBounds.Of(
            Error with
            {
                Type = new string('t', Limits.NameLengthMax + over),
                Message = new string('m', Limits.ErrorMessageLengthMax + over),
                StackTrace = new string('s', Limits.StackTraceLengthMax + over),
            }
        );
        Assert.That(error.Type, Is.EqualTo(new string('t', Limits.NameLengthMax)));
        Assert.That(error.Message, Is.EqualTo(new string('m', Limits.ErrorMessageLengthMax)));
        Assert.That(error.StackTrace, Is.EqualTo(new string('s', Limits.StackTraceLengthMax)));
    }

    [TestCase(0, true)]
    [TestCase(1, true)]
    [TestCase(Limits.StackTraceLengthMax, true)]
    [TestCase(Limits.StackTraceLengthMax + 1, false)]
    public void Details_are_kept_whole_or_not_at_all(int bytes, bool isKept)
    {
        var details = bytes == 0 ? default : JsonOf(bytes);
        var kept = ReportBounds.Of(Error with { Details = details }).Details;
        Assert.That(Encoding.UTF8.GetString(kept.Utf8.Span), Has.Length.EqualTo(isKept ? bytes : 0));
    }

    [TestCase("-00:00:01", "00:00:00")]
    [TestCase("00:00:00", "00:00:00")]
    [TestCase("00:07:00", "00:07:00")]
    [TestCase("1.00:00:00", "1.00:00:00")]
    [TestCase("1.00:00:00.0000001", "1.00:00:00")]
    [TestCase(null, null)]
    public void Wait_before_the_next_attempt_is_between_nothing_and_its_maximum(string? asked, string? given) =>
        Assert.That(ReportBounds.Of(Error with { RetryAfter = Span(asked) }).RetryAfter, Is.EqualTo(Span(given)));

    [Test]
    public void Result_that_is_too_large_says_its_size_and_the_limit_and_is_not_tried_again()
    {
        var error = ReportBounds.TooLarge(JsonOf(7), 4);
        Assert.That(error.Message, Is.EqualTo("The result has 7 bytes; 4 are allowed."));
        Assert.That((error.Type, error.Retryable), Is.EqualTo((ErrorCodes.TooLarge, false)));
    }

    private static TimeSpan? Span(string? text) =>
        text is null ? null : TimeSpan.Parse(text, CultureInfo.InvariantCulture);
}
