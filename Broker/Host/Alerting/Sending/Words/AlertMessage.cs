namespace ScheduleZero.Broker.Host.Alerting.Sending.Words;

/// <summary>
/// A notice in words. Text that others wrote is on one line, cut, and without characters that act or that nobody sees;
/// each form encodes the text for itself.
/// </summary>
/// <param name="Title">One line that says what happened.</param>
/// <param name="Link">The page of the dashboard about it; null for none.</param>
internal sealed record AlertMessage(
    string Title,
    IReadOnlyList<AlertFact> Facts,
    IReadOnlyList<AlertJob> Jobs,
    Uri? Link
);

/// <summary>One line of a notice, such as <c>Rule: nightly</c>.</summary>
internal sealed record AlertFact(string Name, string Text);

/// <summary>One job of a notice.</summary>
/// <param name="Title">The method, the handler and the time.</param>
/// <param name="Text">The error; null for none.</param>
/// <param name="Link">The job's page in the dashboard; null for none.</param>
internal sealed record AlertJob(string Id, string Title, string? Text, Uri? Link);
