using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Dev;

/// <summary>The text at the end of the demo, about what to try next.</summary>
internal static class NextSteps
{
    /// <param name="goesOn">Whether the servers stay up after the text is printed.</param>
    public static string Text(Uri server, string apiKey, bool goesOn)
    {
        var address = server.GetLeftPart(UriPartial.Authority);
        var jobs = $"{address}/api/namespaces/default/jobs";
        var job = $$"""{"method":"{{DemoMethods.Greet}}","params":{"name":"you"} }""";
        var close = goesOn
            ? "Ctrl+C ends it; its data is thrown away then."
            : "`schedulezero dev` without --once stays up, so that you can try:";
        return $$"""

            That was a job's whole life, and a schedule that fired. {{close}}

              export SCHEDULEZERO_SERVER={{address}}
              export SCHEDULEZERO_API_KEY={{apiKey}}

              curl -H "Authorization: Bearer $SCHEDULEZERO_API_KEY" -H 'Content-Type: application/json' \
                '{{jobs}}?wait=PT10S' -d '{{job}}'

              schedulezero jobs run {{DemoMethods.Count}} '{"to":10}'
              schedulezero jobs list --state {{Output.PlainText.Word(JobState.Succeeded)}}
              schedulezero schedules list
              schedulezero events

            """;
    }
}
