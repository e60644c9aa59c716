namespace ScheduleZero.HandlerAgent;

/// <summary>The HTTP forward proxy through which an agent dials.</summary>
public sealed class AgentProxy
{
    /// <summary>The address, such as <c>http://proxy.corp:3128</c>, without credentials. Required.</summary>
    public Uri? Address { get; set; }

    /// <summary>The name that the proxy asks for; null when it asks for none.</summary>
    public string? User { get; set; }

    /// <summary>The password of <see cref="User"/>.</summary>
    public string? Password { get; set; }

    /// <summary>
    /// A file whose first line is <c>user:password</c>, in place of <see cref="User"/> and <see cref="Password"/>. The
    /// file is read at every connect. Null: there is none.
    /// </summary>
    public string? CredentialsFile { get; set; }

    /// <summary>The proxy without its password, fit for logs.</summary>
    public override string ToString() => User is null ? $"{Address}" : $"{Address} as {User}";
}
