using ScheduleZero.Dashboard.Access;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>How many pages may be open at once.</summary>
public sealed class OpenPagesTests
{
    [Test]
    public void One_user_cannot_take_the_pages_of_others()
    {
        using var pages = New(all: 3, ofUser: 2);
        Assert.Multiple(() =>
        {
            Assert.That(pages.TryAdd(new OpenPage("1", "ana")), Is.True);
            Assert.That(pages.TryAdd(new OpenPage("2", "ana")), Is.True);
            Assert.That(pages.HasRoomFor("ana"), Is.False);
            Assert.That(pages.TryAdd(new OpenPage("2", "ana")), Is.False);
            Assert.That(pages.TryAdd(new OpenPage("3", "ben")), Is.True);
            Assert.That(pages.HasRoomFor("cleo"), Is.False, "All users together have three.");
            Assert.That(pages.TryAdd(new OpenPage("4", "cleo")), Is.False);
        });
    }

    [Test]
    public void A_page_that_is_closed_makes_room_once()
    {
        using var pages = New(all: 2, ofUser: 1);
        var page = new OpenPage("1", "ana");
        pages.TryAdd(page);
        pages.Remove(page);
        pages.Remove(page);
        Assert.Multiple(() =>
        {
            Assert.That(pages.Count, Is.Zero);
            Assert.That(pages.HasRoomFor("ana"), Is.True);
        });
    }

    private static OpenPages New(int all, int ofUser) =>
        new(
            new DashboardOptions { OpenPagesMax = all, OpenPagesPerUserMax = ofUser },
            new NoSessions(),
            TimeProvider.System
        );

    private sealed class NoSessions : IUserSessions
    {
        public bool HasUsers => false;

        public UserSession? Find(string id) => null;

        public string? IssueToken(string id) => null;
    }
}
