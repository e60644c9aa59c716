using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Identity;

namespace ScheduleZero.HandlerAgent;

/// <summary>Gives an agent that enrolled a new key.</summary>
public static class AgentRotation
{
    /// <summary>
    /// Has the Broker take a new key, signed by the old one, and puts the new key into the identity file. No agent may
    /// use the file meanwhile.
    /// </summary>
    /// <param name="address">
    /// The address of a Bridge or of the Broker's ROUTER, in the form of <see cref="HandlerAgentOptions.Bridges"/>.
    /// </param>
    /// <param name="identityFile">The file that <see cref="AgentEnrolment"/> wrote.</param>
    /// <param name="dial">Whom to trust, and what to show; null for the machine's authorities and no CURVE.</param>
    /// <param name="cancellationToken">Gives up; the next call goes on with the same new key.</param>
    /// <returns>The id of the new key.</returns>
    /// <exception cref="IdentityException">
    /// The Broker refused or was not reached, or the file cannot be read, written or locked.
    /// </exception>
    public static async Task<string> RotateAsync(
        Uri address,
        string identityFile,
        AgentDialOptions? dial = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(address);
        var carriers = IdentityDial.Open(address, dial ?? new AgentDialOptions());
        using var identity = AgentIdentity.Open(identityFile);
        // The key is stored before it is shown: if the answer is lost, the same key is shown again, and the agent is
        // not left with one that runs out.
        using var next = identity.StoreNextKey();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(IdentityDial.AnswerTimeout);
        try
        {
            await using var connection = await carriers.ConnectAsync(address, new Inbox(), timeout.Token);
            using var line = new SealedConnection(connection, identity, mustSeal: false);
            var rotated = await line.RotateAsync(next, timeout.Token);
            identity.Become(rotated, next);
            return rotated.KeyId;
        }
        catch (RefusedException e)
        {
            throw new IdentityException(e.Message);
        }
        catch (CarrierException e)
        {
            throw new IdentityException($"{address} was not reached: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IdentityException(
                $"{address} did not answer within {IdentityDial.AnswerTimeout.TotalSeconds:0} s."
            );
        }
    }
}
