namespace ScheduleZero.Simulation.Runs;

/// <summary>
/// The acts of a run. All are drawn from the seed before the run begins, so leaving one out changes no other.
/// </summary>
internal static class Plan
{
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(100);

    private const int ActsMin = 50;
    private const int ActsMax = 130;

    // How often each kind of act comes, relative to the others.
    private static readonly (ActKind Kind, int Weight)[] Weights =
    [
        (ActKind.Enqueue, 200),
        (ActKind.EnqueueBatch, 40),
        (ActKind.EnqueueChain, 60),
        (ActKind.EnqueueSet, 25),
        (ActKind.SubmitBatch, 25),
        (ActKind.CancelBatch, 10),
        (ActKind.Cancel, 50),
        (ActKind.Retry, 20),
        (ActKind.SaveSchedule, 14),
        (ActKind.PauseSchedule, 6),
        (ActKind.ResumeSchedule, 8),
        (ActKind.DeleteSchedule, 4),
        (ActKind.TriggerSchedule, 6),
        (ActKind.BackfillSchedule, 8),
        (ActKind.CancelBackfill, 2),
        (ActKind.Drain, 8),
        (ActKind.Undrain, 8),
        (ActKind.Disconnect, 8),
        (ActKind.RevokeKey, 6),
        (ActKind.NarrowKey, 4),
        (ActKind.KillBroker, 10),
        (ActKind.StopBroker, 4),
        (ActKind.SuspendBroker, 6),
        (ActKind.FailStore, 4),
        (ActKind.SlowDisk, 12),
        (ActKind.SetWallClock, 8),
        (ActKind.SetAgentClock, 4),
        (ActKind.CutConnection, 30),
        (ActKind.HalfOpenConnection, 20),
        (ActKind.PartitionHandler, 16),
        (ActKind.LoseMessages, 14),
        (ActKind.RepeatMessages, 10),
        (ActKind.RestartBridge, 6),
        (ActKind.LoseLinkMessage, 6),
        (ActKind.KillAgent, 12),
        (ActKind.SuspendAgent, 10),
        (ActKind.MoveAgent, 6),
        (ActKind.RogueSpeaks, 80),
        (ActKind.RogueConnects, 30),
        (ActKind.SaveCalendar, 10),
        (ActKind.PauseMethod, 10),
        (ActKind.ResumeMethod, 8),
    ];

    public static IReadOnlyList<Act> Of(int seed)
    {
        var chance = new Random(seed);
        // Swarm testing: each run leaves out some kinds of acts, so that the others come close together.
        var weights = Weights
            .Select(entry => (entry.Kind, Weight: chance.Next(4) == 0 ? 0 : entry.Weight))
            .Where(entry => entry.Weight > 0)
            .ToArray();
        if (weights.Length == 0)
        {
            weights = Weights;
        }

        var total = weights.Sum(entry => entry.Weight);
        var acts = new List<Act> { new(0, ActKind.SaveSchedule, chance.Next(), chance.Next(), chance.Next()) };
        for (var left = chance.Next(ActsMin, ActsMax); left > 0; left--)
        {
            acts.Add(
                new Act(
                    chance.Next((int)Length.TotalMilliseconds),
                    Draw(weights, chance.Next(total)),
                    chance.Next(),
                    chance.Next(),
                    chance.Next()
                )
            );
        }

        return [.. acts.OrderBy(act => act.At)];
    }

    private static ActKind Draw((ActKind Kind, int Weight)[] weights, int draw)
    {
        foreach (var (kind, weight) in weights)
        {
            if ((draw -= weight) < 0)
            {
                return kind;
            }
        }

        throw new InvalidOperationException("The draw is larger than the sum of the weights.");
    }
}
