namespace ScheduleZero.Dashboard.Charts;

/// <summary>What charts are of: all attempts of a namespace, those of one method, or those of one handler.</summary>
/// <param name="Method">The method; null for all methods.</param>
/// <param name="Handler">The handler; null for all handlers.</param>
internal sealed record ChartSubject(string Namespace, string? Method = null, string? Handler = null);
