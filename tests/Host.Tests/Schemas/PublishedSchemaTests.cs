using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Fuzz;

namespace ScheduleZero.Host.Tests.Schemas;

/// <summary>A schema on its way from a real handler's Hello to the refusal of a job.</summary>
internal sealed class PublishedSchemaTests
{
    [Test]
    public async Task What_a_handler_publishes_holds_while_it_is_there()
    {
        await using var broker = await RealBroker.StartAsync();
        var refused = Assert.ThrowsAsync<ScheduleZeroException>(async () => await SubmitAsync(broker));
        Assert.That(
            (refused!.Code, refused.Problem!.Errors!.Keys.Single()),
            Is.EqualTo((ErrorCodes.Invalid, "params"))
        );
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gone = GoneAsync(broker, opened, patience.Token);
        await opened.Task.WaitAsync(patience.Token);
        await broker.StopAgentAsync();
        await gone;
        Assert.That((await SubmitAsync(broker)).Warning, Is.Not.Null, "no handler publishes a schema any more");
    }

    private static async Task GoneAsync(
        RealBroker broker,
        TaskCompletionSource opened,
        CancellationToken cancellationToken
    )
    {
        await foreach (
            var happened in broker.Client.EventsAsync(
                opened: () => opened.TrySetResult(),
                cancellationToken: cancellationToken
            )
        )
        {
            if (happened.Type == "handler.offline")
            {
                return;
            }
        }
    }

    private static Task<JobView> SubmitAsync(RealBroker broker) =>
        broker.Client.Jobs.EnqueueAsync(
            new JobRequest { Method = RealBroker.CalmMethod, Params = RawJson.Parse("{}") }
        );
}
