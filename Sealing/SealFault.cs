namespace ScheduleZero.Sealing;

/// <summary>Why a body of a sealed session is refused.</summary>
internal enum SealFault
{
    None,

    /// <summary>The body is not sealed, and every body of the session must be.</summary>
    Unsealed,

    /// <summary>The body has not the form of a sealed one.</summary>
    Malformed,

    /// <summary>The body belongs to another session.</summary>
    Foreign,

    /// <summary>A body with that number, or a later one, was opened before.</summary>
    Replayed,

    /// <summary>Bodies before this one did not arrive.</summary>
    Lost,

    /// <summary>The body was altered, made by somebody else, or sent as a message of another kind or in the other
    /// direction.</summary>
    Forged,

    /// <summary>The keys of the session have sealed as much as they may.</summary>
    UsedUp,
}

/// <summary>Tells people and metrics of a <see cref="SealFault"/>.</summary>
internal static class SealFaults
{
    /// <summary>The fault as a word, for the tag of a metric.</summary>
    public static string Word(SealFault fault) => fault.ToString().ToLowerInvariant();

    /// <summary>The fault as a sentence.</summary>
    public static string Text(SealFault fault) =>
        fault switch
        {
            SealFault.Unsealed => "The message is not sealed, and this session is.",
            SealFault.Malformed => "The sealed body is not whole.",
            SealFault.Foreign => "The message was sealed in another session.",
            SealFault.Replayed => "The message came twice, or after a later one.",
            SealFault.Lost => "Messages before this one were cut out.",
            SealFault.Forged => "The message was altered on its way, or is of somebody else.",
            SealFault.UsedUp => "The keys of the session have sealed as much as they may.",
            _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "This is no fault."),
        };
}
