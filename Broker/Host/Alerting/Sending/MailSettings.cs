using System.Globalization;
using ScheduleZero.Certificates;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Alerting.Sending;

/// <summary>The mail server that takes the notices of alerts.</summary>
public sealed record MailSettings
{
    /// <summary>
    /// The connection begins in the clear and is encrypted before anything is said; else nothing is sent.
    /// </summary>
    public const string StartTls = "starttls";

    /// <summary>The connection is encrypted from its first byte.</summary>
    public const string Tls = "tls";

    /// <summary>The connection is not encrypted.</summary>
    public const string NoTls = "none";

    /// <summary>The host, with the port where it is not the usual one; null for no mail.</summary>
    public string? Server { get; init; }

    /// <summary><see cref="StartTls"/>, <see cref="Tls"/> or <see cref="NoTls"/>.</summary>
    public string Security { get; init; } = StartTls;

    /// <summary>Who signs in at the mail server; null where nobody has to.</summary>
    public string? User { get; init; }

    /// <summary>A file with the user's password, which only the Broker's account may read.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The address that the mail comes from.</summary>
    public string? From { get; init; }

    internal bool IsOn => Server is not null;

    /// <summary>What is wrong with these settings; empty when nothing is.</summary>
    internal IEnumerable<string> Problems()
    {
        if (Security is not (StartTls or Tls or NoTls))
        {
            yield return $"--smtp-security '{Security}' is none of {StartTls}, {Tls} and {NoTls}.";
        }

        if (!IsOn)
        {
            if ((User ?? PasswordFile ?? From) is not null)
            {
                yield return "The other --smtp flags need --smtp-server, the mail server.";
            }

            yield break;
        }

        foreach (var problem in ServerProblems().Concat(PasswordProblems()))
        {
            yield return problem;
        }
    }

    /// <summary>The host and the port. The settings were validated.</summary>
    internal (string Host, int Port) Endpoint() =>
        TryReadServer(out var host, out var port)
            ? (host, port)
            : throw new InvalidOperationException("The settings were validated.");

    /// <summary>Reads the password. There is a file for it.</summary>
    /// <exception cref="IOException">The file cannot be read, others may read it, or it holds no password.</exception>
    internal string ReadPassword()
    {
        var text = System.Text.Encoding.UTF8.GetString(GuardedFile.Read(PasswordFile!, isSecret: true));
        var password = text.TrimEnd('\r', '\n');
        return password.Length > 0 && !password.Any(char.IsControl)
            ? password
            : throw new IOException($"{PasswordFile} does not hold a password on one line (--smtp-password-file).");
    }

    private IEnumerable<string> ServerProblems()
    {
        if (!TryReadServer(out var host, out _))
        {
            yield return $"--smtp-server '{Server}' is no mail server; it looks like mail.example.org, or "
                + "mail.example.org:587.";
        }
        else if (User is not null && Security == NoTls && !SettingText.IsLoopback(host))
        {
            yield return $"With --smtp-security {NoTls} the password of --smtp-user would cross the network "
                + $"unencrypted: use {StartTls} or {Tls}.";
        }

        if (From is null)
        {
            yield return "--smtp-server needs --smtp-from, the address that mail comes from.";
        }
        else if (!SettingText.IsMailAddress(From))
        {
            yield return $"--smtp-from '{From}' is not one address of mail.";
        }
    }

    private IEnumerable<string> PasswordProblems()
    {
        if (User is null != PasswordFile is null)
        {
            yield return "A user of the mail server needs both --smtp-user and --smtp-password-file.";
        }
        else if (PasswordFile is not null && PasswordProblem() is { } problem)
        {
            yield return problem;
        }
    }

    private string? PasswordProblem()
    {
        try
        {
            ReadPassword();
            return null;
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    private bool TryReadServer(out string host, out int port)
    {
        (host, port) = (Server ?? "", PortOf(Security));
        var colon = host.LastIndexOf(':');
        // An IPv6 address has colons of its own, so only a colon behind its bracket begins a port.
        if (colon >= 0 && colon > host.LastIndexOf(']'))
        {
            if (
                !int.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
                || port is < 1 or > ushort.MaxValue
            )
            {
                return false;
            }

            host = host[..colon];
        }

        host = host is ['[', .. var address, ']'] ? address : host;
        return Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6
            && (Uri.CheckHostName(host) == UriHostNameType.IPv6) == Server!.StartsWith('[');
    }

    private static int PortOf(string security) =>
        security switch
        {
            StartTls => 587,
            Tls => 465,
            _ => 25,
        };
}
