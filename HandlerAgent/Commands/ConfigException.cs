namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>The configuration file of the ready agent is wrong; the message names the place.</summary>
internal sealed class ConfigException(string path, string problem) : Exception($"{path}: {problem}");
