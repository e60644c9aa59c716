using Microsoft.Playwright;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>A page of a real browser that notes whatever the browser complains about.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    private BrowserPage(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                Complaints.Add(message.Text);
            }
        };
        page.PageError += (_, error) => Complaints.Add(error);
    }

    public IPage Page { get; }

    public IBrowserContext Context => _context;

    /// <summary>Errors and warnings of the console, violations of the content security policy among them.</summary>
    public List<string> Complaints { get; } = [];

    public static async Task<BrowserPage> OpenAsync(
        TestBroker broker,
        string path = "",
        BrowserNewContextOptions? options = null
    )
    {
        var context = await Browser.NewContextAsync(options);
        context.SetDefaultTimeout(Browser.Patience);
        var page = new BrowserPage(context, await context.NewPageAsync());
        await page.Page.GotoAsync(new Uri(broker.Pages, path).ToString());
        return page;
    }

    /// <summary>Opens the dashboard as a user.</summary>
    public static async Task<BrowserPage> SignInAsync(
        TestBroker broker,
        string userName,
        string path = "",
        BrowserNewContextOptions? options = null
    )
    {
        var page = await OpenAsync(broker, path, options);
        await page.FillSignInAsync(userName, TestBroker.Password);
        return page;
    }

    public async Task FillSignInAsync(string userName, string password)
    {
        await Page.GetByLabel("User name").FillAsync(userName);
        await Page.GetByLabel("Password").FillAsync(password);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    /// <summary>Goes to another page by its address, and waits until it is live.</summary>
    public async Task GoAsync(TestBroker broker, string path)
    {
        await Page.GotoAsync(new Uri(broker.Pages, path).ToString());
        await ReadyAsync();
    }

    /// <summary>Waits until the page is live: its title stands, and nothing is read for the first time.</summary>
    public async Task ReadyAsync()
    {
        await Page.Locator("h1").WaitForAsync();
        await Page.Locator("details.menu").WaitForAsync();
        await Assertions.Expect(Page.Locator(".skeleton")).ToHaveCountAsync(0);
    }

    public async ValueTask DisposeAsync() => await _context.CloseAsync();
}
