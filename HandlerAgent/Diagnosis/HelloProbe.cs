using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Identity;

namespace ScheduleZero.HandlerAgent.Diagnosis;

/// <summary>
/// Finds out whether a Broker answers on a connection, and whether it would welcome the handler, without disturbing an
/// agent that runs with the same credential.
/// </summary>
internal sealed class HelloProbe(HandlerAgentOptions options, IReadOnlyList<string> methods)
{
    /// <exception cref="RefusedException">The Broker does not want the handler.</exception>
    /// <exception cref="CarrierException">The connection was lost.</exception>
    public async Task<WayStep> RunAsync(IConnection connection, CancellationToken cancellationToken)
    {
        if (options.IdentityFile is { } identity)
        {
            return await ChallengeAsync(connection, identity, cancellationToken);
        }

        if (options.Handler.Length == 0 || (options.ApiKey ?? options.ApiKeyFile) is null)
        {
            return new WayStep(
                WayStep.Hello,
                StepOutcome.Skipped,
                "not tried without a handler and its credential: name the agent's file by --config"
            );
        }

        // An instance of its own beside the agent's, which accepts no work.
        var hello = new Hello
        {
            Protocol = ProtocolJson.Version,
            Handler = options.Handler,
            Instance = $"doctor-{Guid.NewGuid():N}",
            Methods = [.. methods.Select(method => new OfferedMethod { Name = method })],
            Capacity = 0,
            Agent = "doctor",
        };
        var welcome = await connection.HelloAsync(hello, cancellationToken);
        await connection.SendAsync(new Bye("The doctor has seen enough."), cancellationToken);
        return new WayStep(
            WayStep.Hello,
            StepOutcome.Ok,
            $"the Broker welcomes {options.Handler} in namespace {welcome.Namespace}"
        );
    }

    // A Hello with an enrolled key would raise its generation and disconnect the agent that uses it. The Broker gives a
    // nonce only to a key that it knows.
    private static async Task<WayStep> ChallengeAsync(
        IConnection connection,
        string identity,
        CancellationToken cancellationToken
    )
    {
        string keyId;
        try
        {
            keyId = IdentityFile.Read(identity).KeyId;
        }
        catch (IdentityException e)
        {
            throw new CarrierException(e.Message);
        }

        await connection.AskAsync(new Challenge(keyId), cancellationToken);
        return new WayStep(
            WayStep.Hello,
            StepOutcome.Ok,
            $"the Broker knows key {keyId}; no Hello was sent, since it would disturb the agent"
        );
    }
}
