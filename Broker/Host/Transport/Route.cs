using NetMQ;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// The way back to a peer: the routing frames of its messages, one for each proxy in between and one for the peer
/// itself.
/// </summary>
internal readonly struct Route(byte[][] frames) : IEquatable<Route>
{
    public byte[][] Frames { get; } = frames;

    /// <summary>
    /// Reads the frames up to the first empty one, which must be followed by exactly two more; false for anything else.
    /// </summary>
    public static bool TryTake(NetMQMessage message, int hopsMax, out Route route)
    {
        route = default;
        var hops = 0;
        while (hops < message.FrameCount && message[hops].MessageSize > 0)
        {
            hops++;
        }

        if (hops == 0 || hops > hopsMax || message.FrameCount != hops + 3)
        {
            return false;
        }

        var frames = new byte[hops][];
        for (var i = 0; i < hops; i++)
        {
            frames[i] = message[i].ToByteArray();
        }

        route = new Route(frames);
        return true;
    }

    public bool Equals(Route other)
    {
        if (Frames.Length != other.Frames.Length)
        {
            return false;
        }

        for (var i = 0; i < Frames.Length; i++)
        {
            if (!Frames[i].AsSpan().SequenceEqual(other.Frames[i]))
            {
                return false;
            }
        }

        return true;
    }

    public override bool Equals(object? obj) => obj is Route other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var frame in Frames)
        {
            hash.AddBytes(frame);
        }

        return hash.ToHashCode();
    }
}
