namespace ScheduleZero.Broker.Host.Access.SignIn;

internal sealed record SignInOptions
{
    /// <summary>How long a user session lasts, however often it is refreshed.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromHours(24);
}
