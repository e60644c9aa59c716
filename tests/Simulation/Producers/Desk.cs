using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Producers;

/// <summary>
/// The place where producers and operators wait for answers. They know only the answers that they got. One who gets no
/// answer asks again, or gives up.
/// </summary>
internal sealed class Desk(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private readonly List<Ask> _waiting = [];

    /// <summary>Jobs whose enqueue was acknowledged.</summary>
    public List<JobId> Acknowledged { get; } = [];

    public bool IsEmpty => _waiting.Count == 0;

    /// <param name="mustBeAnswered">Whether the request is repeated until it is answered.</param>
    public void Ask(
        Func<Ticket, BrokerInput.Request> make,
        Action<Ask, Answer>? answered = null,
        bool mustBeAnswered = false
    )
    {
        var ask = new Ask(make, answered ?? ((_, _) => { }), mustBeAnswered);
        Send(ask);
    }

    /// <summary>
    /// Looks for requests that have been answered. Called after everything that happens in the world.
    /// </summary>
    public void Look()
    {
        for (var i = 0; i < _waiting.Count; i++)
        {
            if (_waiting[i].Ticket.Task is { IsCompleted: true } task)
            {
                var ask = _waiting[i];
                _waiting.RemoveAt(i--);
                if (task.IsCompletedSuccessfully)
                {
                    Answered(ask, AnswerOf(task));
                }
                else
                {
                    _ = task.Exception; // The Broker stopped, which is the same as no answer.
                    TryAgain(ask);
                }
            }
        }
    }

    /// <summary>Called when the Broker's process is gone, and every connection to it.</summary>
    public void BrokerEnded()
    {
        var waiting = _waiting.ToList();
        _waiting.Clear();
        waiting.ForEach(TryAgain);
    }

#pragma warning disable VSTHRD002 // The task is complete.
    private static Answer AnswerOf(Task<Answer> task) => task.Result;
#pragma warning restore VSTHRD002

    private void Answered(Ask ask, Answer answer)
    {
        world.Answered(ask, answer);
        if (answer is Answer.Enqueued enqueued)
        {
            Acknowledged.AddRange(enqueued.Jobs.Where(job => job.IsNew).Select(job => job.Id));
        }

        ask.Answered(answer);
    }

    private void Send(Ask ask)
    {
        if (world.Broker is not { IsListening: true, IsBusy: false } broker)
        {
            TryAgain(ask);
            return;
        }

        _waiting.Add(ask);
        var input = ask.Make();
        world.Agenda.In(
            TimeSpan.FromMilliseconds(world.Chance.Next(0, 5)),
            () => broker.WhenAwake(() => broker.Put(input))
        );
        world.Agenda.In(
            Patience,
            () =>
            {
                if (_waiting.Contains(ask) && ask.Input == input)
                {
                    _waiting.Remove(ask);
                    TryAgain(ask);
                }
            }
        );
    }

    private void TryAgain(Ask ask)
    {
        if (ask.MustBeAnswered)
        {
            world.Agenda.In(TimeSpan.FromSeconds(1), () => Send(ask));
        }
    }
}
