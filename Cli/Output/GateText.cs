namespace ScheduleZero.Cli.Output;

/// <summary>Prints gates for people: which of them are passed, and which one holds.</summary>
internal static class GateText
{
    public static void Print(
        Printer printer,
        IEnumerable<(string Gate, bool Passed, string Sentence, string? OpensWhen, DateTimeOffset? OpensAt)> gates
    ) =>
        printer.Table(
            ["GATE", "", new("WHY", Fit.Prose), new("OPENS WHEN", Fit.Prose), "AT"],
            gates.Select(gate =>
                new[]
                {
                    gate.Gate,
                    gate.Passed ? "passed" : "holds",
                    gate.Sentence,
                    gate.OpensWhen,
                    PlainText.Instant(gate.OpensAt),
                }
            )
        );
}
