using System.Security.Cryptography;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Identity;
using ScheduleZero.Sealing;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>
/// A connection on which everything after the Hello, and the Hello itself, is sealed when the Broker asks for it. An
/// agent that knows its Broker's key asks at each Hello, and believes only an answer that the Broker has signed, also
/// when it says that nothing is sealed: whoever carries the messages cannot talk the agent down.
/// </summary>
/// <param name="identity">The identity of an agent that enrolled; null for one with an API key, which cannot seal.
/// </param>
/// <param name="mustSeal">Whether the agent says no Hello that is not sealed, whatever the Broker asks for.</param>
internal sealed class SealedConnection(IConnection inner, AgentIdentity? identity, bool mustSeal) : IDisposable
{
    /// <summary>
    /// Lets one message at a time be sent. Not disposed, since a heartbeat may wait for it at the end; it has nothing
    /// to free.
    /// </summary>
    private readonly SemaphoreSlim _turn = new(1, 1);

    private readonly SealScratch _scratch = new();

    /// <summary>The session that the newest Welcome began; null while nothing is sealed.</summary>
    private volatile SealedChannel? _channel;

    /// <summary>
    /// The session before, in which messages may still wait to be read; null without one. Used by the loop.
    /// </summary>
    private SealedChannel? _before;

    /// <summary>Whether the newest session is sealed.</summary>
    public bool IsSealed => _channel is not null;

    /// <summary>
    /// Whether only messages of the Broker prove that it is alive. On a sealed session a Bridge is not believed when it
    /// vouches for the Broker.
    /// </summary>
    public bool SilenceNeedsHello => inner.SilenceNeedsHello || IsSealed;

    /// <summary>What is known of the network on the way now, for operators; null when nothing is.</summary>
    public HelloWay? Way => inner.Way;

    private bool CanSeal => identity?.BrokerKey is not null;

    /// <summary>Says Hello, and waits for the Broker's answer. Nothing else is sent meanwhile.</summary>
    /// <param name="make">Makes the Hello, without a proof.</param>
    /// <exception cref="RefusedException">The Broker said no, and why.</exception>
    /// <exception cref="CarrierException">The connection was lost, or somebody alters what it carries.</exception>
    public async Task<Welcome> HelloAsync(Func<Hello> make, CancellationToken cancellationToken)
    {
        if (identity is null)
        {
            return await inner.HelloAsync(make(), cancellationToken);
        }

        await _turn.WaitAsync(cancellationToken);
        SealedChannel? made = null;
        try
        {
            (var nonce, made) = await ShakeHandsAsync(identity, cancellationToken);
            var hello = identity.Prove(make(), nonce, made?.Transcript);
            var welcome = made is null
                ? await inner.HelloAsync(hello, cancellationToken)
                : await AskAsync(made, hello, cancellationToken);
            _before?.Dispose();
            (_before, _channel, made) = (_channel, made, null);
            return welcome;
        }
        catch (IdentityException e)
        {
            throw new CarrierException(e.Message);
        }
        finally
        {
            made?.Dispose();
            _turn.Release();
        }
    }

    /// <summary>Has the Broker take a new key in place of the identity's.</summary>
    /// <exception cref="RefusedException">The Broker said no, and why.</exception>
    /// <exception cref="CarrierException">The connection was lost, or somebody alters what it carries.</exception>
    /// <exception cref="IdentityException">The connection leads to another Broker.</exception>
    public async Task<Rotated> RotateAsync(ECDsa next, CancellationToken cancellationToken)
    {
        var (nonce, made) = await ShakeHandsAsync(identity!, cancellationToken);
        using (made)
        {
            var rotate = identity!.Succeed(next, nonce);
            return made is null
                ? await inner.AskAsync(rotate, cancellationToken)
                : await AskAsync(made, rotate, cancellationToken);
        }
    }

    /// <summary>Sends one message; ends when the connection took it. Safe from any thread.</summary>
    /// <exception cref="CarrierException">The connection was lost, or does not take more.</exception>
    public async Task SendAsync(IHandlerMessage message, CancellationToken cancellationToken)
    {
        if (!CanSeal)
        {
            await inner.SendAsync(message, cancellationToken);
            return;
        }

        // One message at a time, since they must arrive in the order of their numbers.
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_channel is not { } channel)
            {
                await inner.SendAsync(message, cancellationToken);
                return;
            }

            var body =
                channel.Seal(message.Kind, ProtocolJson.Write(message))
                ?? throw new CarrierException(SealFaults.Text(SealFault.UsedUp));
            await inner.SendSealedAsync(message.Kind, body, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Opens the body of a message that was heard. Only for the loop of the session.</summary>
    /// <returns>The body as the Broker made it; good until the next one is opened.</returns>
    /// <exception cref="CarrierException">The message is not the Broker's, or not the next one.</exception>
    public ReadOnlyMemory<byte> Open(MessageKind kind, ReadOnlyMemory<byte> body)
    {
        if (!SealedBody.IsSealed(body.Span))
        {
            return _channel is null ? body : OpenUnsealed(kind, body);
        }

        if (_channel is not { } channel)
        {
            throw Refused(kind, SealFault.Foreign);
        }

        if (_before is { } before && before.Inward.IsOfSession(body.Span))
        {
            channel = before;
        }

        var fault = channel.Inward.Open(kind, body.Span, _scratch, out var plain);
        if (fault != SealFault.None)
        {
            throw Refused(kind, fault);
        }

        if (channel != _before)
        {
            _before?.Dispose();
            _before = null;
        }

        return plain;
    }

    public void Dispose()
    {
        _before?.Dispose();
        _channel?.Dispose();
    }

    // A Bridge may say by itself what does no harm: it could end the connection or hold everything back anyway.
    private static ReadOnlyMemory<byte> OpenUnsealed(MessageKind kind, ReadOnlyMemory<byte> body) =>
        kind switch
        {
            MessageKind.Hold or MessageKind.Greet or MessageKind.Drain => body,
            MessageKind.Close when ProtocolJson.TryRead<Close>(body.Span, out var close, out _) =>
                throw new CarrierException($"The connection was closed on the way: {close.Code}: {close.Reason}"),
            _ => throw Refused(kind, SealFault.Unsealed),
        };

    private async Task<(Nonce Nonce, SealedChannel? Made)> ShakeHandsAsync(
        AgentIdentity own,
        CancellationToken cancellationToken
    )
    {
        using var handshake = own.BrokerKey is null ? null : SealHandshake.Begin();
        var offer = handshake is null ? null : new SealOffer(handshake.PublicKey);
        Nonce nonce;
        try
        {
            nonce = await inner.AskAsync(new Challenge(own.KeyId, offer), cancellationToken);
        }
        catch (RefusedException e) when (e.IsFinal && (own.WasSealed || mustSeal))
        {
            throw Unproved(e);
        }

        var made = handshake is null ? null : Finish(handshake, own, nonce, offer!);
        return made is null && mustSeal
            ? throw new CarrierException(
                own.BrokerKey is null
                    ? "This agent must seal its sessions, and does not know the Broker's key: enrol it again."
                    : "This agent must seal its sessions, and the Broker says that they are not sealed: an admin can "
                        + "switch that on (schedulezero namespaces set NAMESPACE --sealed HANDLER)."
            )
            : (nonce, made);
    }

    private static SealedChannel? Finish(SealHandshake handshake, AgentIdentity own, Nonce nonce, SealOffer offer)
    {
        own.RequireOwnBroker(nonce);
        var text = SealProofs.TextOfAnswer(own.KeyId, nonce, offer, nonce.Seal?.Key);
        if (!SealProofs.IsSignedBy(own.BrokerKey!, text, nonce.Seal?.Signature))
        {
            throw new CarrierException(
                "The answer to Challenge is not signed by the Broker that this handler enrolled with. Somebody on the "
                    + "way may have altered it: try another Bridge. If the Broker has a new key or an older version, "
                    + "enrol again."
            );
        }

        if (nonce.Seal!.Key is not { } key)
        {
            return null;
        }

        return handshake.TryFinish(key, text, isBroker: false, SealBounds.Default, out var made)
            ? made
            : throw new CarrierException("The Broker's key for the session is no key.");
    }

    private async Task<TAnswer> AskAsync<TAnswer>(
        SealedChannel made,
        IHandlerQuestion<TAnswer> question,
        CancellationToken cancellationToken
    )
        where TAnswer : class, IMessage<TAnswer>, IBrokerMessage
    {
        var body =
            made.Seal(question.Kind, ProtocolJson.Write(question))
            ?? throw new InvalidOperationException("A session that was just made seals its first message.");
        ReadOnlyMemory<byte> said;
        try
        {
            said = await inner.AskSealedAsync(question.Kind, TAnswer.MessageKind, body, cancellationToken);
        }
        catch (RefusedException e) when (e.IsFinal)
        {
            throw Unproved(e);
        }

        var fault = made.Inward.Open(TAnswer.MessageKind, said.Span, _scratch, out var plain);
        // The carrier does not say whether the answer is a refusal; the kind that was sealed in does.
        if (
            fault == SealFault.Forged
            && made.Inward.Open(MessageKind.Refused, said.Span, _scratch, out plain) == SealFault.None
        )
        {
            throw ProtocolJson.TryRead<Refused>(plain.Span, out var refused, out var wrong)
                ? Refusals.Of(refused)
                : new CarrierException(wrong!);
        }

        if (fault != SealFault.None)
        {
            throw Refused(TAnswer.MessageKind, fault);
        }

        return ProtocolJson.TryRead<TAnswer>(plain.Span, out var answer, out var problem)
            ? answer
            : throw new CarrierException(problem!);
    }

    private static CarrierException Refused(MessageKind kind, SealFault fault) =>
        new(
            $"A message {kind} was refused. {SealFaults.Text(fault)} What lies between this agent and the Broker is "
                + "not to be trusted: look at that Bridge first."
        );

    private static CarrierException Unproved(RefusedException refusal) =>
        new($"{refusal.Message} Not the Broker says so, but what lies between.");
}
