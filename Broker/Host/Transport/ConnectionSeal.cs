using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Sealing;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>What the Broker makes of a body that a handler sent.</summary>
internal enum SealVerdict
{
    /// <summary>The message counts: it was opened, or it may come unsealed.</summary>
    Counts,

    /// <summary>The message was sealed for a session that this connection does not have, as after a restart of the
    /// Broker: its handler is asked for a new handshake.</summary>
    Unknown,

    /// <summary>The message was altered, replayed or forged on its way: the connection ends.</summary>
    Refused,
}

/// <summary>
/// The sealing of one handler's connection: the session that its newest handshake made, and the session that a Welcome
/// has begun. The socket's thread opens, and the loop's side seals.
/// </summary>
internal sealed class ConnectionSeal : IDisposable
{
    /// <summary>The session of the newest handshake, in which only a question may come; null without one.</summary>
    private volatile SealedChannel? _made;

    /// <summary>The session that was welcomed; null while the connection is not sealed.</summary>
    private volatile SealedChannel? _used;

    /// <summary>The key that asked for the newest handshake; null before the first.</summary>
    private volatile string? _keyId;

    /// <summary>The session in which the Broker seals; null while the connection is not sealed.</summary>
    public SealedChannel? Used => _used;

    public string? KeyId => _keyId;

    // The members below are for the loop's side, which calls them from one thread at a time.

    /// <summary>Takes the session of a new handshake in place of one that was not welcomed.</summary>
    public void Offer(SealedChannel made, string keyId)
    {
        var before = _made;
        (_keyId, _made) = (keyId, made);
        before?.Dispose();
    }

    /// <summary>The session in which an answer is sealed; null when another handshake took its place.</summary>
    /// <param name="seal">The hash of the handshake, as the question came with it.</param>
    public SealedChannel? FindMade(string seal) => _made is { } made && made.Transcript == seal ? made : null;

    /// <summary>Seals and opens in the session of the newest handshake from now on.</summary>
    public void Begin(SealedChannel made)
    {
        var before = _used;
        (_used, _made) = (made, null);
        before?.Dispose();
    }

    /// <summary>Ends the sealing, since a Hello was welcomed that was not sealed.</summary>
    public void End()
    {
        var before = _used;
        _used = null;
        before?.Dispose();
    }

    // The members below are for the socket's thread.

    /// <summary>Judges a message, and opens it where it is sealed.</summary>
    /// <param name="body">The body as it came, and opened when it was sealed and counts.</param>
    /// <param name="seal">The hash of the handshake in which the message was sealed; null for one that was not.</param>
    /// <param name="fault">Why the message is refused.</param>
    public SealVerdict Judge(
        MessageKind kind,
        SealScratch scratch,
        ref ReadOnlyMemory<byte> body,
        out string? seal,
        out SealFault fault
    )
    {
        (seal, fault) = (null, SealFault.None);
        var (made, used) = (_made, _used);
        var begins = HandlerInputs.IsFirst(kind) || kind == MessageKind.Rotate;
        if (!SealedBody.IsSealed(body.Span))
        {
            // What begins a session is judged by Core, which knows whether it had to be sealed.
            fault = used is null || begins ? SealFault.None : SealFault.Unsealed;
            return fault == SealFault.None ? SealVerdict.Counts : SealVerdict.Refused;
        }

        // Whoever speaks may have made a handshake, so that nothing counts in its session but what proves a key.
        var isMade = made is not null && made.Inward.IsOfSession(body.Span);
        var channel = begins ? (isMade ? made : null) : used;
        if (channel is null)
        {
            return SealVerdict.Unknown;
        }

        fault = channel.Inward.Open(kind, body.Span, scratch, out var plain);
        if (fault != SealFault.None)
        {
            return SealVerdict.Refused;
        }

        body = plain;
        seal = channel.Transcript;
        return SealVerdict.Counts;
    }

    public void Dispose()
    {
        _made?.Dispose();
        _used?.Dispose();
    }
}
