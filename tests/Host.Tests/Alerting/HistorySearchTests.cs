using System.Reflection;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Alerting;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Api;

namespace ScheduleZero.Host.Tests.Alerting;

/// <summary>For what a state is said to hold, where the history is long or answers in parts.</summary>
public sealed class HistorySearchTests
{
    private static readonly AlertRuleRecord _rule = new()
    {
        Namespace = "default",
        Name = "rule",
        Condition = AlertCondition.NothingSucceeded,
        Only = ["m"],
        After = TimeSpan.FromHours(1),
        Channels = ["ops"],
        CreatedAt = ApiHost.Noon.AddDays(-9),
        ChangedAt = ApiHost.Noon.AddDays(-9),
        CreatedBy = "test",
        ChangedBy = "test",
    };

    private AlertBoard _board = null!;
    private HistoryInParts _history = null!;
    private FakeTimeProvider _time = null!;
    private StateConditions _conditions = null!;

    [SetUp]
    public void SetUp()
    {
        (_board, _time) = (new AlertBoard(), new(ApiHost.Noon));
        var history = DispatchProxy.Create<IHistoryReader, HistoryInParts>();
        _history = (HistoryInParts)(object)history;
        _conditions = new StateConditions(
            null!, // No handlers and no keys are asked for here.
            history,
            new BrokerWideConditions(null, () => [], null),
            _board,
            _time
        );
    }

    [Test]
    public async Task A_page_without_a_success_is_not_the_end_of_the_search()
    {
        _history.Pages = [new Page<StoredJob>([], "1"), new Page<StoredJob>([Job("m", _time.GetUtcNow())])];
        Assert.That(await LookAsync(_rule), Is.Empty);
    }

    [Test]
    public async Task A_history_that_is_too_long_neither_begins_an_alert_nor_ends_one()
    {
        _history.Pages = [.. Enumerable.Range(1, 100).Select(i => new Page<StoredJob>([], $"{i}"))];
        Assert.That(await LookAsync(_rule), Is.Empty);
        Open("m");
        Assert.That((await LookAsync(_rule)).Single().Subject, Is.EqualTo("m"));
        Assert.That(_history.Searches, Has.Count.EqualTo(StateConditions.PagesMax), "it is left alone for a while");
    }

    [Test]
    public async Task A_method_is_searched_for_only_while_nothing_succeeds_and_only_in_what_is_new()
    {
        _history.Pages = [new Page<StoredJob>([Job("m", _time.GetUtcNow())])];
        await LookAsync(_rule);
        _time.Advance(TimeSpan.FromMinutes(59));
        await LookAsync(_rule);
        Assert.That(_history.Searches, Has.Count.EqualTo(1));
        _history.Pages = [new Page<StoredJob>([])];
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.That(await LookAsync(_rule), Has.Count.EqualTo(1));
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.That(await LookAsync(_rule), Has.Count.EqualTo(1));
        var last = (FinishedSearch)_history.Searches[^1];
        Assert.That(_time.GetUtcNow() - last.From, Is.LessThan(TimeSpan.FromMinutes(6)));
    }

    [Test]
    public async Task What_waited_before_stays_while_a_look_cannot_see_all_that_waits()
    {
        var rule = _rule with { Condition = AlertCondition.WaitingLong, Only = null };
        Open("hidden");
        _history.Pages =
        [
            .. Enumerable
                .Range(1, 100)
                .Select(i => new Page<StoredJob>([Job("m", _time.GetUtcNow().AddHours(-2))], $"{i}")),
        ];
        Assert.That((await LookAsync(rule)).Select(state => state.Subject), Is.EquivalentTo(new[] { "m", "hidden" }));
        _history.Pages = [new Page<StoredJob>([])];
        Assert.That(await LookAsync(rule), Is.Empty);
    }

    private Task<IReadOnlyList<SeenState>> LookAsync(AlertRuleRecord rule) =>
        _conditions.LookAsync(rule, CancellationToken.None);

    private void Open(string subject) =>
        _board.Put(
            new AlertRecord
            {
                Namespace = "default",
                Rule = "rule",
                Subject = subject,
                Condition = _rule.Condition,
                Since = ApiHost.Noon,
                LastAt = ApiHost.Noon,
                NextAt = ApiHost.Noon,
            },
            isGone: false
        );

    private static StoredJob Job(string method, DateTimeOffset at) =>
        new(
            new Job
            {
                Id = new JobId(Guid.NewGuid()),
                Namespace = "default",
                Spec = new JobSpec { Method = method },
                State = JobState.Ready,
                CreatedBy = "test",
                EnqueuedAt = at,
                RunAt = at,
                FinishedAt = at,
            },
            default,
            default
        );

    /// <summary>A history that answers searches with the pages that a test says, one after the other.</summary>
    public class HistoryInParts : DispatchProxy
    {
        internal List<object> Searches { get; } = [];

        internal IReadOnlyList<Page<StoredJob>> Pages { get; set; } = [];

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var search = args![0]!;
            Searches.Add(search);
            var cursor = search is FinishedSearch finished ? finished.Cursor : ((JobSearch)search).Cursor;
            return new ValueTask<Page<StoredJob>>(Pages[cursor is null ? 0 : int.Parse(cursor)]);
        }
    }
}
