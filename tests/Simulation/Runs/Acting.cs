using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Simulation.Producers;

namespace ScheduleZero.Simulation.Runs;

/// <summary>Carries out the acts of a run.</summary>
internal sealed class Acting(World world, Producer producer, Operator operators)
{
    public void Do(Act act)
    {
        switch (act.Kind)
        {
            case ActKind.Enqueue:
                producer.Enqueue(act);
                break;
            case ActKind.EnqueueBatch:
                producer.EnqueueBatch(act);
                break;
            case ActKind.EnqueueChain:
                producer.EnqueueChain(act);
                break;
            case ActKind.EnqueueSet:
                producer.EnqueueSet(act);
                break;
            case ActKind.SubmitBatch:
                producer.SubmitBatch(act);
                break;
            case ActKind.CancelBatch:
                producer.CancelBatch(act);
                break;
            case ActKind.Cancel:
                producer.Cancel(act);
                break;
            case ActKind.Retry:
                producer.Retry(act);
                break;
            case ActKind.SaveSchedule:
                operators.Save(act);
                break;
            case ActKind.PauseSchedule:
                operators.Pause(act);
                break;
            case ActKind.ResumeSchedule:
                operators.Resume(act);
                break;
            case ActKind.DeleteSchedule:
                operators.Delete(act);
                break;
            case ActKind.SaveCalendar:
                operators.SaveCalendar(act);
                break;
            case ActKind.TriggerSchedule:
                operators.Trigger(act, world.NextJob());
                break;
            case ActKind.BackfillSchedule:
                operators.Backfill(act);
                break;
            case ActKind.CancelBackfill:
                operators.CancelBackfill(act);
                break;
            case ActKind.Drain or ActKind.Undrain:
                operators.Drain(world.MemberOf(act), act.Kind == ActKind.Drain);
                break;
            case ActKind.PauseMethod:
                operators.PauseMethod(act);
                break;
            case ActKind.ResumeMethod:
                operators.ResumeMethod(world.NamespaceOf(act), Operator.MethodOf(act));
                break;
            case ActKind.Disconnect:
                operators.Disconnect(world.MemberOf(act));
                break;
            case ActKind.RevokeKey:
                operators.Rekey(world.MemberOf(act));
                break;
            case ActKind.NarrowKey:
                operators.Narrow(world.MemberOf(act), 1 + (act.B % 3));
                break;
            default:
                Disturb(act);
                break;
        }
    }

    private void Disturb(Act act)
    {
        var member = world.MemberOf(act);
        switch (act.Kind)
        {
            case ActKind.KillBroker:
                world.Broker?.Kill();
                break;
            case ActKind.StopBroker:
                world.Broker?.Stop();
                break;
            case ActKind.SuspendBroker:
                world.Broker?.Suspend(TimeSpan.FromMilliseconds(act.B % 50_000));
                break;
            case ActKind.FailStore:
                world.Broker?.FailDisk();
                break;
            case ActKind.SlowDisk:
                world.Disturbance.SlowDisk(
                    TimeSpan.FromMilliseconds(act.A % 15_000),
                    TimeSpan.FromMilliseconds(act.B % 10_000)
                );
                break;
            case ActKind.SetWallClock:
                world.SetWall(
                    TimeSpan.FromSeconds(
                        (act.B % 3) switch
                        {
                            0 => -(act.C % 90),
                            1 => act.C % 120,
                            _ => (act.C % 600) - 300,
                        }
                    )
                );
                break;
            case ActKind.SetAgentClock when world.Agents.Count > 0:
                world.Agents[act.A % world.Agents.Count].Clock.Skew += TimeSpan.FromSeconds((act.B % 600) - 300);
                break;
            case ActKind.CutConnection when world.Wires.OpenOf(member) is { } link:
                world.Wires.Cut(link);
                break;
            case ActKind.HalfOpenConnection when world.Wires.OpenOf(member) is { } link:
                world.Wires.HalfOpen(link, handlerNotices: act.B % 2 == 0);
                break;
            case ActKind.PartitionHandler:
                member.CutUntil = world.Agenda.Now + TimeSpan.FromMilliseconds(act.B % 45_000);
                break;
            case ActKind.LoseMessages:
                member.LosesUntil = world.Agenda.Now + TimeSpan.FromMilliseconds(act.B % 20_000);
                break;
            case ActKind.RepeatMessages:
                member.RepeatsUntil = world.Agenda.Now + TimeSpan.FromMilliseconds(act.B % 20_000);
                break;
            case ActKind.RestartBridge:
                world.Wires.Bridges[act.A % 2].Restart(TimeSpan.FromMilliseconds(act.B % 20_000));
                break;
            case ActKind.LoseLinkMessage:
                world.Wires.Bridges[act.A % 2].MissOne();
                break;
            case ActKind.KillAgent:
                world.KillAgent(act);
                break;
            case ActKind.SuspendAgent when world.Agents.Count > 0:
                world.Agents[act.A % world.Agents.Count].Suspend(TimeSpan.FromMilliseconds(act.B % 50_000));
                break;
            case ActKind.MoveAgent when world.Wires.OpenOf(member) is { Via: not null } link:
                world.Wires.Down(link, new Drain("the bridge moves", act.B % 5));
                break;
            case ActKind.RogueSpeaks when world.Rogues.Count > 0:
                world.Rogues[act.A % world.Rogues.Count].Speak(act.B, act.C);
                break;
            case ActKind.RogueConnects when world.Rogues.Count > 0:
                world.Rogues[act.A % world.Rogues.Count].Connect(act.B, act.C);
                break;
            default:
                break; // There is no target for the act at the moment.
        }
    }
}
