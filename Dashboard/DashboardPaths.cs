namespace ScheduleZero.Dashboard;

/// <summary>The addresses of the dashboard, below the Broker's own.</summary>
internal static class DashboardPaths
{
    public const string Root = "/ui";
    public const string SignIn = "/sign-in";
    public const string SignOut = "/sign-out";
    public const string Password = "/password";
    public const string FirstUser = "/first-user";
    public const string AuditExport = "/audit.ndjson";
    public const string Assets = "/assets";
    public const string Circuits = "/_blazor";

    public const string TooManyPages = "/too-many-pages";

    /// <summary>The address that says that the Broker serves pages again. It needs no user session.</summary>
    public const string Alive = "/alive";
}
