using ScheduleZero.EndToEnd.Tests.Agents;
using ScheduleZero.EndToEnd.Tests.Faults;

return args is [HistoryCommand.Verb, .. var rest]
    ? await HistoryCommand.RunAsync(rest)
    : await JournalingAgent.RunAsync(args);
