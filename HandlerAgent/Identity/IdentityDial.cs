using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Connection.ZeroMq;

namespace ScheduleZero.HandlerAgent;

/// <summary>How an agent dials for a few questions about its key, outside of any session.</summary>
internal static class IdentityDial
{
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(15);

    /// <exception cref="IdentityException">A key of CURVE cannot be read.</exception>
    public static Carriers Open(
        string? certificateAuthorityFile,
        IReadOnlyList<string>? curveServerKeys,
        string? curveKeyFile
    )
    {
        var options = new HandlerAgentOptions
        {
            CertificateAuthorityFile = certificateAuthorityFile,
            ConnectTimeout = AnswerTimeout,
            CurveKeyFile = curveKeyFile,
        };
        foreach (var key in curveServerKeys ?? [])
        {
            options.CurveServerKeys.Add(key);
        }

        return CurveKeys.ProblemsOf(options).FirstOrDefault() is { } problem
            ? throw new IdentityException(problem)
            : new Carriers(options, TimeProvider.System, new Random().NextDouble, NullLogger.Instance);
    }
}
