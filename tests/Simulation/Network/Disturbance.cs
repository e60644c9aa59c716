using ScheduleZero.Simulation.Handlers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Network;

/// <summary>The state of disk and network at the moment.</summary>
internal sealed class Disturbance(World world)
{
    private TimeSpan _diskSlowUntil;
    private TimeSpan _readsSlowUntil;
    private bool _isOver;

    public void SlowDisk(TimeSpan commits, TimeSpan reads)
    {
        _diskSlowUntil = world.Agenda.Now + commits;
        _readsSlowUntil = world.Agenda.Now + reads;
    }

    /// <summary>Ends all disturbances for the rest of the run.</summary>
    public void End() => _isOver = true;

    public TimeSpan CommitTime() =>
        TimeSpan.FromMilliseconds(
            !_isOver && world.Agenda.Now < _diskSlowUntil ? world.Chance.Next(200, 3_000) : world.Chance.Next(1, 25)
        );

    public TimeSpan ReadTime() =>
        !_isOver && world.Agenda.Now < _readsSlowUntil
            ? TimeSpan.FromMilliseconds(world.Chance.Next(20, 1_500))
            : TimeSpan.Zero;

    /// <summary>When a message that is sent now arrives; null when it never does.</summary>
    /// <param name="mayLose">TCP under SignalR delays a message while the way is cut; a direct connection may
    /// also lose it.</param>
    public TimeSpan? ArrivalOf(Member member, bool mayLose)
    {
        var now = world.Agenda.Now;
        var delay = TimeSpan.FromMilliseconds(world.Chance.Next(1, 20));
        if (_isOver)
        {
            return now + delay;
        }

        if (
            mayLose
            && (
                (now < member.LosesUntil && world.Chance.Next(3) == 0)
                || (now < member.CutUntil && world.Chance.Next(2) == 0)
            )
        )
        {
            return null;
        }

        return (now < member.CutUntil ? member.CutUntil : now) + delay;
    }

    public bool Repeats(Member member) =>
        !_isOver && world.Agenda.Now < member.RepeatsUntil && world.Chance.Next(3) == 0;
}
