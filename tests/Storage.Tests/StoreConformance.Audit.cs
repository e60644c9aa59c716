using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Storage.Tests;

public abstract partial class StoreConformance
{
    private AuditLines _audit = new();

    private static readonly (string Name, Func<AuditSearch, AuditSearch> With)[] _auditFilters =
    [
        ("actor", s => s with { Actor = "user:ana" }),
        ("action", s => s with { Action = "keys:create" }),
        ("namespace", s => s with { Namespace = "tenant-a" }),
        ("outcome", s => s with { Outcome = AuditOutcomes.Denied }),
        ("object", s => s with { Object = "key:7" }),
        ("text in the actor", s => s with { Text = "ANA" }),
        ("text in the reason", s => s with { Text = "was not" }),
        ("text in the address", s => s with { Text = "192.0.2." }),
        ("text in the session", s => s with { Text = "ess-9" }),
        ("text in the request's id", s => s with { Text = "req-1" }),
        (
            "all together",
            s =>
                s with
                {
                    Actor = "user:ana",
                    Action = "keys:create",
                    Namespace = "tenant-a",
                    Object = "key:7",
                    Text = "key:7",
                }
        ),
    ];

    [SetUp]
    public void BeginAuditLog() => _audit = new AuditLines();

    private static IEnumerable<TestCaseData> AuditFilters() =>
        _auditFilters.Select(f => new TestCaseData(f.With).SetArgDisplayNames(f.Name));

    [TestCaseSource(nameof(AuditFilters))]
    public async Task Audit_search_finds_only_what_the_filter_asks_for(Func<AuditSearch, AuditSearch> with)
    {
        var wanted = new AuditNote
        {
            Actor = "user:ana",
            Session = "sess-9",
            Action = "keys:create",
            Object = "key:7",
            Namespace = "tenant-a",
            Outcome = AuditOutcomes.Denied,
            Reason = "It was not allowed.",
            Address = "192.0.2.7",
            RequestId = "req-1",
        };
        await CommitAsync([.. _audit.Batch(AuditLines.Note, wanted, AuditLines.Note)]);
        for (var i = 0; i < 2; i++)
        {
            var found = await Store.SearchAuditAsync(with(new AuditSearch { Limit = 10 }), None);
            Assert.That(found.Items.Select(happened => happened.Sequence), Is.EqualTo(new[] { 2L }));
            Assert.That(found.NextCursor, Is.Null);
            await ReopenAsync();
        }
    }

    [Test]
    public async Task Audit_events_are_kept_as_written_and_the_chain_goes_on_after_a_restart()
    {
        for (var batch = 0; batch < 6; batch++)
        {
            _audit.Now += TimeSpan.FromSeconds(1);
            await CommitAsync([.. _audit.Batch(1 + (batch * 100))]);
            if (batch % 2 == 0)
            {
                await ReopenAsync();
                _audit.Restore((await Store.LoadAsync(None)).AuditTail);
            }
        }

        var blocks = await Store.ReadAuditAsync(1, 100, None);
        var verdict = AuditLines.Verify(blocks);
        Assert.That(verdict.Fault, Is.Null);
        Assert.That((verdict.First, verdict.Last), Is.EqualTo((1L, 1506L)));
        await ReopenAsync();
        Assert.That((await Store.LoadAsync(None)).AuditTail.Point, Is.EqualTo(verdict.End));
    }

    [Test]
    public async Task A_store_without_audit_events_begins_the_chain() =>
        Assert.That((await Store.LoadAsync(None)).AuditTail.Point, Is.EqualTo(AuditTail.Start.Point));

    [Test]
    public async Task Audit_pages_together_hold_every_event_once_newest_first([Values(1, 7, 500)] int limit)
    {
        for (var batch = 0; batch < 8; batch++)
        {
            _audit.Now += TimeSpan.FromMinutes(1);
            await CommitAsync([.. _audit.Batch(1 + (batch * 3))]);
        }

        var found = new List<long>();
        string? cursor = null;
        do
        {
            var page = await Store.SearchAuditAsync(new AuditSearch { Limit = limit, Cursor = cursor }, None);
            Assert.That(page.Items, Has.Count.AtMost(limit));
            found.AddRange(page.Items.Select(happened => happened.Sequence));
            cursor = page.NextCursor;
        } while (cursor is not null);
        Assert.That(found, Is.EqualTo(Enumerable.Range(1, 92).Reverse().Select(i => (long)i)));
    }

    [Test]
    public async Task Audit_search_by_time_includes_its_start_and_not_its_end_also_across_a_clock_that_was_set_back()
    {
        var at = new List<DateTimeOffset>();
        foreach (var minutes in new[] { 0, 1, 2, -30, 3 })
        {
            _audit.Now = Given.Noon.AddMinutes(minutes);
            at.Add(_audit.Now);
            await CommitAsync([.. _audit.Batch(2)]);
        }

        async Task<IEnumerable<long>> FindAsync(DateTimeOffset? from, DateTimeOffset? to) =>
            (
                await Store.SearchAuditAsync(
                    new AuditSearch
                    {
                        Limit = 100,
                        From = from,
                        To = to,
                    },
                    None
                )
            ).Items.Select(happened => happened.Sequence);

        Assert.That(await FindAsync(at[1], at[4]), Is.EqualTo(new[] { 6L, 5, 4, 3 }));
        Assert.That(await FindAsync(null, at[0]), Is.EqualTo(new[] { 8L, 7 }));
        Assert.That(await FindAsync(at[4], null), Is.EqualTo(new[] { 10L, 9 }));
        Assert.That(await FindAsync(at[4].AddTicks(1), null), Is.Empty);
    }

    [Test]
    public async Task A_block_that_spans_the_end_of_the_window_is_looked_at()
    {
        _audit.Now = Given.Noon;
        var early = _audit.Decide(new BrokerInput.Noted { Audit = AuditLines.Note });
        await CommitAsync([.. early]);
        var block = ((Change.AuditAppended)early[0]).Block;
        // The same event in a block that ended later, like the block of a turn that was open for a while.
        await CommitAsync(new Change.AuditAppended(block with { LastAt = block.LastAt.AddSeconds(50) }));
        var found = await Store.SearchAuditAsync(new AuditSearch { Limit = 10, To = Given.Noon.AddSeconds(1) }, None);
        Assert.That(found.Items, Has.Count.EqualTo(1));
    }

    [Test]
    public void Foreign_audit_cursor_is_refused([Values("not ours", "00")] string cursor) =>
        Assert.That(
            async () => await Store.SearchAuditAsync(new AuditSearch { Limit = 1, Cursor = cursor }, None),
            Throws.InstanceOf<FormatException>()
        );

    [Test]
    public async Task Audit_blocks_are_read_from_the_one_that_holds_the_event_on()
    {
        await CommitAsync([.. _audit.Batch(3)]);
        await CommitAsync([.. _audit.Batch(3)]);
        await CommitAsync([.. _audit.Batch(3)]);
        async Task<IEnumerable<long>> ReadAsync(long from, int limit) =>
            (await Store.ReadAuditAsync(from, limit, None)).Select(block => block.First);
        Assert.That(await ReadAsync(1, 100), Is.EqualTo(new[] { 1L, 4, 7 }));
        Assert.That(await ReadAsync(5, 1), Is.EqualTo(new[] { 4L }));
        Assert.That(await ReadAsync(7, 100), Is.EqualTo(new[] { 7L }));
        Assert.That(await ReadAsync(10, 100), Is.Empty);
    }

    [Test]
    public async Task The_first_audit_block_of_a_time_is_found()
    {
        await CommitAsync([.. _audit.Batch(3)]);
        _audit.Now += TimeSpan.FromHours(1);
        await CommitAsync([.. _audit.Batch(3)]);
        Assert.That((await Store.FindAuditAsync(Given.Noon, None))!.First, Is.EqualTo(1));
        Assert.That((await Store.FindAuditAsync(Given.Noon.AddTicks(1), None))!.First, Is.EqualTo(4));
        Assert.That(await Store.FindAuditAsync(Given.Noon.AddHours(2), None), Is.Null);
    }

    [Test]
    public async Task What_a_pruning_leaves_is_verified_by_the_event_that_tells_of_it([Values] bool reopened)
    {
        for (var hour = 0; hour < 5; hour++)
        {
            // The job waits on, and so may the part of the journal that holds both the job and the audit events.
            await CommitAsync([Given.Job().Added(), .. _audit.Batch(10)]);
            _audit.Now += TimeSpan.FromHours(1);
        }

        var cut = (await Store.FindAuditCutAsync(Given.Noon.AddHours(3), None))!;
        Assert.That(cut.Before, Is.EqualTo(31));
        var detail = new AuditDetail { Before = cut.Before, PreviousHash = Convert.ToHexStringLower(cut.PreviousHash) };
        await CommitAsync([
            .. _audit.Batch(
                new AuditNote
                {
                    Actor = "system",
                    Action = AuditChain.PruneAction,
                    Detail = detail,
                }
            ),
        ]);
        var whole = AuditLines.Verify(await Store.ReadAuditAsync(1, 100, None));
        Assert.That(await Store.PruneAuditAsync(cut.Before, None), Is.EqualTo(30));
        await CommitAsync(Given.Job().Added());
        if (reopened)
        {
            await ReopenAsync();
        }

        var left = AuditLines.Verify(await Store.ReadAuditAsync(1, 100, None), [whole.End!.Value]);
        Assert.That(left.Fault, Is.Null);
        Assert.That((left.First, left.Last, left.Start), Is.EqualTo((31L, 51L, AuditStart.Pruned)));
        Assert.That(await Store.FindAuditCutAsync(Given.Noon.AddHours(3), None), Is.Null, "nothing more to forget");
    }

    [Test]
    public async Task The_newest_audit_block_is_never_pruned()
    {
        Assert.That(await Store.FindAuditCutAsync(DateTimeOffset.MaxValue, None), Is.Null);
        await CommitAsync([.. _audit.Batch(3)]);
        Assert.That(await Store.FindAuditCutAsync(DateTimeOffset.MaxValue, None), Is.Null);
        await CommitAsync([.. _audit.Batch(3)]);
        Assert.That((await Store.FindAuditCutAsync(DateTimeOffset.MaxValue, None))!.Before, Is.EqualTo(4));
    }
}
