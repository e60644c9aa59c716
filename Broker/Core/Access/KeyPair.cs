using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>
/// The key pair of an enrolled key, as the Broker knows it. The private half never leaves the agent.
/// </summary>
public sealed record KeyPair
{
    /// <summary>The public key, of the curve P-256, as SubjectPublicKeyInfo.</summary>
    public required byte[] PublicKey { get; init; }

    /// <summary>The name by which the Broker identifies itself to the holder of this key.</summary>
    public required string BrokerId { get; init; }

    /// <summary>The id of the enrolment token with which the key was made.</summary>
    public required string TokenId { get; init; }

    public required DateTimeOffset EnrolledAt { get; init; }

    /// <summary>
    /// The generation from which on each step is 1. JavaScript cannot read a JSON number above 2^53 exactly, and some
    /// eight million connects come this far.
    /// </summary>
    private const long LongStepsMax = 1L << 52;

    /// <summary>
    /// The newest generation that was given to the agent. Each step is random, so that the holder of an older copy of
    /// the key cannot guess it.
    /// </summary>
    public required long Generation { get; init; }

    /// <summary>
    /// The newest generation that the agent has shown. It is behind <see cref="Generation"/> from a Welcome until the
    /// agent's next message.
    /// </summary>
    public required long ConfirmedGeneration { get; init; }

    /// <summary>The public key as text, as messages and signatures contain it.</summary>
    [JsonIgnore]
    public string PublicText => KeyProofs.Encode(PublicKey);

    /// <summary>What the generation that a peer shows says about the peer.</summary>
    public Standing StandingOf(long shown) =>
        shown == Generation || shown == ConfirmedGeneration
            // The confirmed one is shown when the Welcome with the newer one was lost, or when the agent crashed before
            // it had saved that. Nobody else has shown the newer one.
            ? Standing.Current
        : shown > Generation ? Standing.Ahead
        : Standing.Copied;

    /// <summary>
    /// The key pair with the next generation, which is sent to the agent that has shown a current one.
    /// </summary>
    /// <param name="shown">The generation that the agent has shown.</param>
    /// <param name="step">A random number from 1.</param>
    public KeyPair Advance(long shown, int step) =>
        this with
        {
            ConfirmedGeneration = shown,
            Generation = Generation + (Generation < LongStepsMax ? Math.Max(1, step) : 1),
        };

    /// <summary>The key pair after the agent has spoken, and so has the newest generation.</summary>
    public KeyPair Confirm() => this with { ConfirmedGeneration = Generation };
}

/// <summary>What a shown generation says about the peer that shows it.</summary>
public enum Standing
{
    /// <summary>The peer has the newest generation, or the one before when the newest did not reach it.</summary>
    Current,

    /// <summary>A newer generation has been shown already, so two parties have copies of the key.</summary>
    Copied,

    /// <summary>
    /// The generation was never given out: either the Broker's store is older than what the agent knows, or somebody
    /// guesses.
    /// </summary>
    Ahead,
}
