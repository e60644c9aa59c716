using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Handlers;

/// <summary>The fields of the form that makes an enrolment token, as somebody types them.</summary>
internal sealed class EnrolForm
{
    public static IReadOnlyList<(string Words, int Minutes)> Lifetimes { get; } =
    [("5 minutes", 5), ("15 minutes", 15), ("1 hour", 60)];

    /// <summary>The handler's name, or a pattern with a star from which the agent chooses.</summary>
    public string Name { get; set; } = "";

    public int Minutes { get; set; } = 15;

    public string Methods { get; set; } = "";

    public string Groups { get; set; } = "";

    public string Addresses { get; set; } = "";

    public string MaxCapacity { get; set; } = "";

    private bool IsPattern => Name.Contains('*', StringComparison.Ordinal);

    /// <summary>The path of the field in REST that the name becomes.</summary>
    public string NameField => IsPattern ? "handlers" : "handler";

    /// <summary>What REST is asked for.</summary>
    /// <param name="maxCapacity">The number that <see cref="MaxCapacity"/> says; null for none.</param>
    public EnrolmentRequest ToRequest(int? maxCapacity) =>
        new()
        {
            Handler = IsPattern ? null : Name.Trim(),
            Handlers = IsPattern ? Name.Trim() : null,
            Methods = NameList.ParseOrNull(Methods),
            Groups = NameList.ParseOrNull(Groups),
            Addresses = NameList.ParseOrNull(Addresses),
            MaxCapacity = maxCapacity,
            ExpiresIn = TimeSpan.FromMinutes(Minutes),
        };
}
