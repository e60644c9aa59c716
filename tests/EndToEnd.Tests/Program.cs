using ScheduleZero.EndToEnd.Tests.Agents;

return await JournalingAgent.RunAsync(args);
