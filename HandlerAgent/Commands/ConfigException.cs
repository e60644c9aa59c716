namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>The configuration is wrong; the message names the place.</summary>
public sealed class ConfigException(string path, string problem) : Exception($"{path}: {problem}");
