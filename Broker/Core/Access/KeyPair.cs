using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>What an agent's own key is known by. The Broker has the public half only.</summary>
public sealed record KeyPair
{
    /// <summary>P-256, as SubjectPublicKeyInfo.</summary>
    public required byte[] PublicKey { get; init; }

    /// <summary>How the Broker names itself to this key.</summary>
    public required string BrokerId { get; init; }

    /// <summary>The token that it was made with.</summary>
    public required string TokenId { get; init; }

    public required DateTimeOffset EnrolledAt { get; init; }

    // Beyond it a generation grows by one: a JSON number above 2^53 is not what was written once JavaScript has read
    // it. Some eight million connects come this far.
    private const long LongStepsMax = 1L << 52;

    /// <summary>
    /// The newest that was given out. Each step is a random one, so that nobody with an older copy can guess it.
    /// </summary>
    public required long Generation { get; init; }

    /// <summary>
    /// The newest that the agent has shown to have; behind <see cref="Generation"/> until it speaks after a Welcome.
    /// </summary>
    public required long ConfirmedGeneration { get; init; }

    /// <summary>As it is said and signed.</summary>
    [JsonIgnore]
    public string PublicText => KeyProofs.Encode(PublicKey);

    /// <summary>What a generation that is shown says of the one who shows it.</summary>
    public Standing Judge(long shown) =>
        shown == Generation || shown == ConfirmedGeneration
            // The second: the Welcome with a newer one was lost, or the agent fell before it could keep it. Nobody else
            // has shown the newer one.
            ? Standing.Current
        : shown > Generation ? Standing.Ahead
        : Standing.Copied;

    /// <summary>The next one is on its way to the agent that has shown this one.</summary>
    public KeyPair Advance(long shown, int step) =>
        this with
        {
            ConfirmedGeneration = shown,
            Generation = Generation + (Generation < LongStepsMax ? Math.Max(1, step) : 1),
        };

    public KeyPair Confirm() => this with { ConfirmedGeneration = Generation };
}

public enum Standing
{
    Current,

    /// <summary>A newer one has been shown already: there are two who hold the key.</summary>
    Copied,

    /// <summary>
    /// It was never given out: the Broker's store is older than what the agent knows, or somebody guesses.
    /// </summary>
    Ahead,
}
