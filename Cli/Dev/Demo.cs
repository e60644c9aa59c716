using System.Threading.Channels;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Dev;

/// <summary>
/// The demo for a first look: submits jobs, makes two schedules, and prints every broker event. The demo is done when
/// the jobs have succeeded and a schedule has fired.
/// </summary>
internal sealed class Demo(ScheduleZeroClient client, LifePrinter printer, TimeProvider time)
{
    private const string JobEnqueued = "job.enqueued";
    private const string JobSucceeded = "job.succeeded";
    private const string ScheduleFired = "schedule.fired";

    /// <summary>
    /// Broker events that are not printed yet. A few a second are expected; the bound keeps memory small when the
    /// terminal does not take more lines.
    /// </summary>
    private readonly Channel<BrokerEvent> _events = Channel.CreateBounded<BrokerEvent>(1000);

    /// <summary>The jobs of the demo, by id: the name that the demo gives each, and the params.</summary>
    private readonly Dictionary<string, (string Name, string Params)> _jobs = [];

    /// <summary>How long the demo may take until it is done.</summary>
    public static TimeSpan TimeLimit { get; } = TimeSpan.FromSeconds(60);

    /// <param name="once">Whether to end when the demo is done, in place of printing events until cancelled.</param>
    /// <param name="next">The text about what to try next, printed when the demo is done.</param>
    /// <returns>An exit code: 0 when done, 1 when that took longer than <see cref="TimeLimit"/>.</returns>
    public async Task<int> RunAsync(bool once, string next, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var limit = new CancellationTokenSource(TimeLimit, time);
        using var untilDone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = ReadEventsAsync(opened, stop.Token);
        try
        {
            await await Task.WhenAny(opened.Task, reading).WaitAsync(untilDone.Token);
            await SubmitAsync(untilDone.Token);
            await PrintUntilDoneAsync(untilDone.Token);
            printer.Text(next);
            if (!once)
            {
                await PrintAsync(_ => false, cancellationToken);
            }

            return ExitCodes.Ok;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            printer.Line(
                "demo",
                "failed",
                $"not all jobs have succeeded, or no schedule has fired, within {TimeLimit.TotalSeconds:0} s; "
                    + "the log above says why"
            );
            return ExitCodes.Failed;
        }
        finally
        {
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SubmitAsync(CancellationToken cancellationToken)
    {
        // Events are printed only after all requests: an event may overtake the answer to the request that caused it,
        // and the name of the job is known only with the answer.
        await EnqueueAsync(
            "greet",
            new JobRequest { Method = DemoMethods.Greet, Params = RawJson.From(new GreetParams("world")) },
            cancellationToken
        );
        await EnqueueAsync(
            "count",
            new JobRequest { Method = DemoMethods.Count, Params = RawJson.From(new CountParams(5)) },
            cancellationToken
        );
        await EnqueueAsync("stumble", new JobRequest { Method = DemoMethods.Stumble }, cancellationToken);
        await ScheduleAsync(
            "every-2-s",
            new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromSeconds(2) },
            cancellationToken
        );
        await ScheduleAsync(
            "cron-each-5-s",
            new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "*/5 * * * * *" },
            cancellationToken
        );
    }

    private async Task EnqueueAsync(string name, JobRequest job, CancellationToken cancellationToken)
    {
        var view = await client.Jobs.EnqueueAsync(job, cancellationToken);
        _jobs[view.Id.ToString()] = (name, view.Params.ToString());
    }

    private async Task ScheduleAsync(string name, TriggerRequest trigger, CancellationToken cancellationToken)
    {
        var job = new JobRequest { Method = DemoMethods.Greet, Params = RawJson.From(new GreetParams(name)) };
        await client.Schedules.PutAsync(
            new ScheduleRequest
            {
                Name = name,
                Trigger = trigger,
                Job = job,
            },
            cancellationToken: cancellationToken
        );
    }

    private async Task PrintUntilDoneAsync(CancellationToken cancellationToken)
    {
        var unfinished = _jobs.Keys.ToHashSet();
        var hasFired = false;
        await PrintAsync(
            happened =>
            {
                hasFired |= happened.Type == ScheduleFired;
                if (happened.Type == JobSucceeded)
                {
                    unfinished.Remove(happened.Subject);
                }

                return hasFired && unfinished.Count == 0;
            },
            cancellationToken
        );
    }

    /// <summary>Prints events as they come, until one is the last.</summary>
    /// <param name="isEnough">Called after each event that was printed; true ends the printing.</param>
    private async Task PrintAsync(Func<BrokerEvent, bool> isEnough, CancellationToken cancellationToken)
    {
        await foreach (var happened in _events.Reader.ReadAllAsync(cancellationToken))
        {
            var (name, parameters) = _jobs.GetValueOrDefault(happened.Subject);
            printer.Event(happened, name, happened.Type == JobEnqueued ? parameters : null);
            if (isEnough(happened))
            {
                return;
            }
        }
    }

    /// <summary>
    /// Reads broker events into the channel until cancelled. A failure also completes the channel, so that the printing
    /// side sees it.
    /// </summary>
    /// <param name="opened">Completed when the stream of events stands.</param>
    private async Task ReadEventsAsync(TaskCompletionSource opened, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (
                var happened in client.EventsAsync(opened: opened.SetResult, cancellationToken: cancellationToken)
            )
            {
                await _events.Writer.WriteAsync(happened, cancellationToken);
            }
        }
        catch (Exception e)
        {
            _events.Writer.TryComplete(e);
            throw;
        }
    }
}
