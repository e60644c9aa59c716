namespace ScheduleZero.Dashboard.Pages.Jobs;

/// <summary>The fields of the form that limits a list of jobs, as somebody types them.</summary>
public sealed record JobFilterFields
{
    public string Text { get; set; } = "";

    /// <summary>A text in params.</summary>
    public string Params { get; set; } = "";

    public string Method { get; set; } = "";

    public string Handler { get; set; } = "";

    public string Tag { get; set; } = "";

    public string Schedule { get; set; } = "";

    public string Group { get; set; } = "";

    public string Batch { get; set; } = "";

    /// <summary>The local time from which on jobs were enqueued, as a browser's field for times writes it.</summary>
    public string From { get; set; } = "";

    /// <summary>The local time before which jobs were enqueued.</summary>
    public string To { get; set; } = "";
}
