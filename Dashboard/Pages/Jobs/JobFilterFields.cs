namespace ScheduleZero.Dashboard.Pages.Jobs;

/// <summary>The fields of the form that limits a list of jobs, as somebody types them.</summary>
public sealed record JobFilterFields
{
    public string Text { get; set; } = "";

    public string Method { get; set; } = "";

    public string Handler { get; set; } = "";

    public string Tag { get; set; } = "";

    public string Schedule { get; set; } = "";

    public string Group { get; set; } = "";
}
