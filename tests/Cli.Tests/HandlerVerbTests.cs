namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of what the verbs of handlers ask and print.</summary>
internal sealed class HandlerVerbTests : VerbFixture<HandlerVerbTests>, IVerbCases
{
    public static IEnumerable<TestCaseData> Cases =>
        [
            Case($"GET {Ns}/handlers", PageOf(HandlerJson()), "handlers list"),
            Case(
                $"GET {Ns}/handlers?q=7&method=m&group=g&label=rack%3Db&agent=1.2&bridge=dmz&online=false&drained=true",
                PageOf(HandlerJson()),
                "handlers list --text 7 --method m --group g --label rack=b --agent 1.2 --bridge dmz "
                    + "--online false --drained"
            ),
            Case($"DELETE {Ns}/handlers/office-7", "", "handlers delete office-7"),
            Case(
                $"GET {Ns}/handlers/office-7/connections?limit=5",
                PageOf(
                    """{"sessionId":"s","instance":"i","keyId":"k","connectedAt":"2026-10-01T12:00:00Z","reason":"cut"}"""
                ),
                "handlers connections office-7 --limit 5"
            ),
            Case($"GET {Ns}/handlers/office-7", HandlerJson(), "handlers get office-7"),
            Case(
                $"GET {Ns}/methods",
                PageOf("""{"name":"m","description":null,"paramsSchema":null,"handlers":["h"]}"""),
                "handlers methods"
            ),
            Case($"POST {Ns}/handlers/office-7/drain", HandlerJson(), "handlers drain office-7"),
            Case($"POST {Ns}/handlers/office-7/resume", HandlerJson(), "handlers resume office-7"),
            Case($"POST {Ns}/handlers/office-7/disconnect", HandlerJson(), "handlers disconnect office-7"),
        ];
}
