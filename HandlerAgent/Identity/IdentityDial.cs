using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Connection.ZeroMq;

namespace ScheduleZero.HandlerAgent;

/// <summary>How an agent dials for a few questions about its key, outside of any session.</summary>
internal static class IdentityDial
{
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(15);

    /// <exception cref="IdentityException">A certificate or a key cannot be read.</exception>
    public static Carriers Open(Uri address, AgentDialOptions dial)
    {
        // Where CURVE is not spoken, a key pair may be there to be enrolled.
        var isZeroMq = address.Scheme == "tcp";
        var options = new HandlerAgentOptions
        {
            CertificateAuthorityFile = dial.CertificateAuthorityFile,
            ClientCertificateFile = dial.ClientCertificateFile,
            ClientKeyFile = dial.ClientKeyFile,
            ClientPasswordFile = dial.ClientPasswordFile,
            Proxy = dial.Proxy,
            UseEnvironmentProxy = dial.UseEnvironmentProxy,
            ConnectTimeout = AnswerTimeout,
            CurveKeyFile = isZeroMq ? dial.CurveKeyFile : null,
        };
        foreach (var key in isZeroMq ? dial.CurveServerKeys : [])
        {
            options.CurveServerKeys.Add(key);
        }

        var found = options.TlsFiles.FindProblem(TimeProvider.System) ?? CurveKeys.ProblemsOf(options).FirstOrDefault();
        return found is { } problem
            ? throw new IdentityException(problem)
            : new Carriers(options, TimeProvider.System, new Random().NextDouble, NullLogger.Instance);
    }
}
