namespace ScheduleZero.Zmtp.Connections;

/// <summary>A message of one or more frames. Nobody writes to the frames once the message is on its way.</summary>
internal readonly record struct ZmtpMessage(ReadOnlyMemory<byte>[] Frames)
{
    /// <summary>The bytes of all frames together.</summary>
    public int Bytes
    {
        get
        {
            var bytes = 0;
            foreach (var frame in Frames)
            {
                bytes += frame.Length;
            }

            return bytes;
        }
    }
}
