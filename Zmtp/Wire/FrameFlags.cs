namespace ScheduleZero.Zmtp.Wire;

/// <summary>The flags of a frame, with the bits that ZMTP 3 gives them (RFC 23).</summary>
[Flags]
internal enum FrameFlags : byte
{
    None = 0,

    /// <summary>More frames of the same message follow.</summary>
    More = 1,

    /// <summary>The frame's size takes 8 bytes in place of one.</summary>
    Long = 2,

    /// <summary>The frame is a command of the protocol and no part of a message.</summary>
    Command = 4,
}
