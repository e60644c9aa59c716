using ScheduleZero.Broker.Host;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Clients;

/// <summary>Gathered and single calls at a whole Broker: each is answered alike.</summary>
[Parallelizable]
public sealed class GatheredJobsAtBrokerTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-gathered-").FullName;
    private readonly string _admin = ApiKey.Generate().Reveal();
    private RunningBroker _broker = null!;

    [OneTimeSetUp]
    public async Task StartAsync() =>
        _broker = await BrokerServer.StartAsync(
            new BrokerSettings
            {
                DataFolder = Path.Combine(_folder, "data"),
                Urls = ["http://127.0.0.1:0"],
                Router = ["tcp://127.0.0.1:0"],
                BootstrapKey = _admin,
                RequestsPerMinute = Limits.RequestsPerMinuteMax,
            },
            logging: null,
            CancellationToken.None
        );

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private ScheduleZeroClient Client(string ns, bool? gathers, CountingHandler counter) =>
        new(
            new ScheduleZeroClientOptions
            {
                Server = new Uri(_broker.Urls[0]),
                ApiKey = _admin,
                Namespace = ns,
                GathersJobs = gathers,
            },
            counter
        );

    private async Task MakeNamespaceAsync(string ns, NamespaceLimits? limits = null)
    {
        using var client = Client("default", gathers: false, new CountingHandler());
        await client.Namespaces.CreateAsync(new NamespaceRequest { Name = ns, Limits = limits });
    }

    private static JobRequest[] Mixed() =>
        [
            .. Enumerable
                .Range(0, 300)
                .Select(i =>
                    (i % 6) switch
                    {
                        0 => new JobRequest { Method = "a", Params = RawJson.Parse($$"""{ "n": {{i}} }""") },
                        1 => new JobRequest { Method = "no method" },
                        2 => new JobRequest
                        {
                            Method = "a",
                            DeduplicationKey = "k",
                            Params = RawJson.Parse("[1]"),
                        },
                        3 => new JobRequest { Method = "b", Priority = 200 },
                        4 => new JobRequest
                        {
                            Method = "b",
                            Tags = ["t"],
                            RunAt = DateTimeOffset.UnixEpoch.AddYears(100),
                            Retry = new RetryOptions { MaxAttempts = 7 },
                        },
                        _ => new JobRequest { Method = "c", Params = RawJson.From(new string('x', 300_000)) },
                    }
                ),
        ];

    private static async Task<(JobView? Job, ScheduleZeroException? Refusal)> TryAsync(Task<JobView> call)
    {
        try
        {
            return (await call, null);
        }
        catch (ScheduleZeroException e)
        {
            return (null, e);
        }
    }

    // What a call was answered, without what differs from job to job.
    private static async Task<string> TellAsync(Task<JobView> call)
    {
        var (job, refusal) = await TryAsync(call);
        return job is null
            ? $"{refusal!.Status} {refusal.Code} {refusal.Message} {refusal.RetryAfter}"
            : $"{job.Method} {job.State} {job.Params} {job.Priority} {job.DeduplicationKey} {job.CreatedBy} "
                + $"{job.Warning} {job.Retry} {string.Join(',', job.Tags ?? [])} {job.Timeout} {job.Version}";
    }

    [Test]
    public async Task Calls_are_answered_alike_and_make_the_same_jobs()
    {
        await MakeNamespaceAsync("alike-1");
        await MakeNamespaceAsync("alike-2");
        var (single, gathered) = (new CountingHandler(), new CountingHandler());
        using var one = Client("alike-1", gathers: false, single);
        using var other = Client("alike-2", gathers: true, gathered);
        var requests = Mixed();
        // Which of two duplicates comes first is chance, so the first job is there before.
        await Task.WhenAll(one.Jobs.EnqueueAsync(requests[2]), other.Jobs.EnqueueAsync(requests[2]));
        var expected = await Task.WhenAll(requests.Select(request => TellAsync(one.Jobs.EnqueueAsync(request))));
        var actual = await Task.WhenAll(requests.Select(request => TellAsync(other.Jobs.EnqueueAsync(request))));
        Assert.That(actual, Is.EqualTo(expected));
        Assert.That((single.Requests, gathered.Requests < 200), Is.EqualTo((301, true)), $"{gathered.Requests}");
        Assert.That((await other.Jobs.CountAsync()), Is.EqualTo(await one.Jobs.CountAsync()));
    }

    [Test]
    public async Task Each_job_has_its_own_audit_event()
    {
        await MakeNamespaceAsync("noted");
        var counter = new CountingHandler();
        using var client = Client("noted", gathers: true, counter);
        var jobs = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => client.Jobs.EnqueueAsync(new JobRequest { Method = "a" }))
        );
        Assert.That(counter.Requests, Is.LessThan(50));
        var noted = await client.Audit.ListInNamespaceAsync(new AuditFilter { Action = "jobs:run", Limit = 100 });
        Assert.That(
            noted.Items.Select(happened => happened.Object),
            Is.EquivalentTo(jobs.Select(job => $"job:{job.Id}"))
        );
    }

    [Test]
    public async Task Jobs_are_accepted_up_to_the_limit_of_the_namespace_and_only_the_others_are_refused()
    {
        await MakeNamespaceAsync("limited", new NamespaceLimits { WaitingJobs = 30 });
        using var client = Client("limited", gathers: true, new CountingHandler());
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => TryAsync(client.Jobs.EnqueueAsync(new JobRequest { Method = "a" })))
        );
        Assert.That(answers.Count(answer => answer.Job is not null), Is.EqualTo(30));
        Assert.That(
            answers.Where(answer => answer.Refusal is not null).Select(answer => answer.Refusal!.Code),
            Is.All.EqualTo(ErrorCodes.RateLimited)
        );
        Assert.That(
            answers.Where(answer => answer.Refusal is not null).Select(answer => answer.Refusal!.RetryAfter),
            Is.All.EqualTo(TimeSpan.FromSeconds(10))
        );
    }

    [Test]
    public async Task The_calls_of_a_gathered_request_are_enqueued_in_their_order()
    {
        await MakeNamespaceAsync("ordered");
        using var client = Client("ordered", gathers: true, new CountingHandler());
        var calls = Enumerable
            .Range(0, 100)
            .Select(i => client.Jobs.EnqueueAsync(new JobRequest { Method = "a", Params = RawJson.From(i) }))
            .ToArray();
        var jobs = (await Task.WhenAll(calls)).Skip(2).ToArray();
        Assert.That(jobs.Select(job => job.Params.To<int>()), Is.EqualTo(Enumerable.Range(2, 98)));
        Assert.That(jobs.Select(job => job.EnqueuedAt), Is.Ordered);
    }

    /// <summary>Counts the requests that it passes on.</summary>
    private sealed class CountingHandler() : DelegatingHandler(new SocketsHttpHandler())
    {
        private int _requests;

        public int Requests => _requests;

        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            Interlocked.Increment(ref _requests);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
