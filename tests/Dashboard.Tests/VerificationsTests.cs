using ScheduleZero.Client;
using ScheduleZero.Dashboard.Live;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Verifications of the audit log are long, so that there is one at a time.</summary>
public sealed class VerificationsTests
{
    [Test]
    public async Task One_verification_runs_at_a_time_and_can_be_stopped()
    {
        using var verifications = new Verifications();
        using var stopping = new CancellationTokenSource();
        using var silent = new SilentBroker();
        using var client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions { Server = new Uri("http://broker.invalid/"), AccessToken = "none" },
            silent
        );
        var first = verifications.RunAsync(client, known: null, stopping.Token);
        await silent.IsAsked;
        var second = await verifications.RunAsync(client, known: null, CancellationToken.None);
        Assert.That(second.Problem, Does.StartWith("Another verification is under way"));

        await stopping.CancelAsync();
        Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());

        // The place is free again: the next one gets as far as its own cancellation.
        using var cancelled = new CancellationTokenSource();
        var third = verifications.RunAsync(client, known: null, cancelled.Token);
        await cancelled.CancelAsync();
        Assert.That(async () => await third, Throws.InstanceOf<OperationCanceledException>());
    }

    /// <summary>Takes a request and never answers it.</summary>
    private sealed class SilentBroker : HttpMessageHandler
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task IsAsked => _asked.Task;

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            _asked.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            throw new InvalidOperationException("The wait has no end but its cancellation.");
        }
    }
}
