using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Playwright;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.Account;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>What users see and change of their own account, and how they sign in with a second factor.</summary>
public sealed class AccountPageTests
{
    private TestBroker _broker = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _broker = await TestBroker.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    [Test]
    public async Task An_app_is_set_up_and_then_a_code_or_a_recovery_code_is_asked_for()
    {
        await _broker.AddUserAsync("tia", Roles.Viewer);
        await using var page = await OpenAsync("tia");
        await Button(page, "Set up an app…").ClickAsync();
        await page.Page.GetByLabel("Your password").FillAsync("not the password at all");
        await Button(page, "Go on").ClickAsync();
        await page.Page.GetByText("The password is wrong").WaitForAsync();
        await page.Page.GetByLabel("Your password").FillAsync(TestBroker.Password);
        await Button(page, "Go on").ClickAsync();
        var secret = await page.Page.Locator("#totp-secret").InnerTextAsync();
        await Expect(page.Page.GetByRole(AriaRole.Img, new() { Name = "The secret as a QR code" })).ToBeVisibleAsync();
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await page.Page.GetByLabel("Code of the app").FillAsync("000000");
        await Button(page, "Confirm").ClickAsync();
        await page.Page.GetByText("The app shows another code now").WaitForAsync();
        await page.Page.GetByLabel("Code of the app").FillAsync(CodeOf(secret, steps: 0));
        await Button(page, "Confirm").ClickAsync();
        var codes = (await page.Page.Locator("#recovery-codes").InnerTextAsync()).Split('\n');
        Assert.That(codes, Has.Length.EqualTo(10));
        await Button(page, "I have stored them").ClickAsync();
        await page.Page.GetByText("In use: a code of the app").WaitForAsync();
        Assert.That(page.Complaints, Is.Empty);

        // The next code is used, since the one that confirmed the app is not accepted twice.
        await SignInAsync("tia", CodeOf(secret, steps: 1));
        await SignInAsync("tia", codes[3]);
        await using var again = await SubmitAsync("tia", codes[3]);
        await again.Page.Locator(".notice.bad").WaitForAsync();
    }

    [Test]
    public async Task Without_its_code_a_right_password_opens_nothing_and_wrong_codes_lock_the_user_out()
    {
        await _broker.AddUserAsync("locked", Roles.Viewer);
        await SetUpAsync("locked");
        await using var page = await BrowserPage.OpenAsync(_broker);
        await page.FillSignInAsync("locked", TestBroker.Password);
        await page.Page.Locator(".notice.bad").WaitForAsync();
        await Expect(page.Page.GetByLabel("Code")).ToBeFocusedAsync();
        for (var tries = 0; tries < 10; tries++)
        {
            await page.Page.GetByLabel("Password").FillAsync(TestBroker.Password);
            await page.Page.GetByLabel("Code").FillAsync("000000");
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
            await page.Page.WaitForLoadStateAsync();
        }

        await page.Page.Locator(".notice.bad").WaitForAsync();
        Assert.That((await _broker.Admin.Users.GetAsync("locked")).LockedUntil, Is.Not.Null);
    }

    [Test]
    public async Task New_recovery_codes_replace_the_old_ones_and_the_app_can_be_removed()
    {
        await _broker.AddUserAsync("ria", Roles.Viewer);
        var old = await SetUpAsync("ria");
        await using var page = await SubmitAsync("ria", old[0]);
        await page.GoAsync(_broker, "account");
        await Button(page, "Make new recovery codes…").ClickAsync();
        await page.Page.GetByLabel("Your password").FillAsync(TestBroker.Password);
        await Button(page, "Make new codes").ClickAsync();
        var codes = (await page.Page.Locator("#recovery-codes").InnerTextAsync()).Split('\n');
        Assert.That(codes.Intersect(old), Is.Empty);
        await Button(page, "I have stored them").ClickAsync();
        await Button(page, "Do without the app…").ClickAsync();
        await page.Page.GetByLabel("Your password").FillAsync(TestBroker.Password);
        await Button(page, "Do without the app").ClickAsync();
        await page.Page.GetByText("Not in use").WaitForAsync();
        Assert.That((await _broker.Admin.Users.GetAsync("ria")).TwoFactor, Is.False);
    }

    [Test]
    public async Task Own_sessions_are_listed_and_others_than_the_present_one_are_ended()
    {
        await _broker.AddUserAsync("many", Roles.Viewer);
        using var other = await _broker.SignInAsync("many");
        await using var page = await OpenAsync("many");
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(2);
        await Expect(page.Page.Locator("tbody tr", new() { HasText = "this one" })).ToHaveCountAsync(1);
        await Button(page, "End").ClickAsync();
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        Assert.That((await _broker.Admin.Users.SessionsAsync("many")).Items, Has.Count.EqualTo(1));
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_password_of_somebody_else_must_be_changed_in_the_browser_before_anything_opens()
    {
        await _broker.AddUserAsync("fresh", Roles.Viewer, mustChangePassword: true);
        await using var page = await BrowserPage.OpenAsync(_broker, "account");
        await page.FillSignInAsync("fresh", TestBroker.Password);
        await page.Page.GetByText("Choose your own password").WaitForAsync();
        await ChangeAsync(page, TestBroker.Password, "too short");
        Assert.That(new Uri(page.Page.Url).AbsolutePath, Is.EqualTo("/ui/password"), "the browser asks for more");
        await ChangeAsync(page, TestBroker.Password, "fresh fresh fresh fresh");
        await page.Page.Locator(".notice.bad").WaitForAsync();
        await ChangeAsync(page, TestBroker.Password, "another one for tests");
        await page.GoAsync(_broker, "account");
        await page.Page.GetByText("Who you are").WaitForAsync();
        Assert.That((await _broker.Admin.Users.GetAsync("fresh")).MustChangePassword, Is.False);
    }

    [Test]
    public void A_qr_code_is_square_with_a_quiet_zone_around_it()
    {
        var qr = QrPath.Of("otpauth://totp/ScheduleZero%3Aana?secret=GEZDGNBVGY3TQOJQ&issuer=ScheduleZero");
        Assert.Multiple(() =>
        {
            // A code has 17 + 4 * version modules, and four modules of quiet zone on each side.
            Assert.That((qr.Size - 8 - 17) % 4, Is.Zero);
            // The finder pattern begins behind the quiet zone, seven modules wide.
            Assert.That(qr.Path, Does.StartWith("M4 4h7v1h-7z"));
            Assert.That(qr.Path, Does.Match("^(M[0-9]+ [0-9]+h[0-9]+v1h-[0-9]+z)+$"));
        });
    }

    private static ILocator Button(BrowserPage page, string name) =>
        page.Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    private static async Task ChangeAsync(BrowserPage page, string present, string next)
    {
        await page.Page.GetByLabel("Present password").FillAsync(present);
        await page.Page.GetByLabel("New password 15").FillAsync(next);
        await page.Page.GetByLabel("New password, once more").FillAsync(next);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Change the password" }).ClickAsync();
        await page.Page.WaitForLoadStateAsync();
    }

    private async Task SignInAsync(string userName, string code)
    {
        await using var page = await SubmitAsync(userName, code);
        await page.ReadyAsync();
    }

    private async Task<BrowserPage> SubmitAsync(string userName, string code)
    {
        var page = await BrowserPage.OpenAsync(_broker);
        await page.Page.GetByLabel("Code").FillAsync(code);
        await page.FillSignInAsync(userName, TestBroker.Password);
        return page;
    }

    private async Task<BrowserPage> OpenAsync(string userName)
    {
        var page = await BrowserPage.SignInAsync(_broker, userName, "account");
        await page.ReadyAsync();
        return page;
    }

    // Sets up an app by REST, and returns the recovery codes.
    private async Task<IReadOnlyList<string>> SetUpAsync(string userName)
    {
        using var client = await _broker.SignInAsync(userName);
        var secret = await client.Auth.BeginTotpAsync(new PasswordProof { Password = TestBroker.Password });
        return (await client.Auth.ConfirmTotpAsync(new TotpProof { Code = CodeOf(secret.Secret, 0) })).Codes;
    }

    // A code of the app as RFC 6238 computes it. It is written anew here, so that the Broker is not its own judge.
    private static string CodeOf(string base32, int steps)
    {
        const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        List<byte> secret = [];
        var (bits, held) = (0, 0);
        foreach (var letter in base32.TrimEnd('='))
        {
            (bits, held) = ((bits << 5) | Letters.IndexOf(letter, StringComparison.Ordinal), held + 5);
            if (held >= 8)
            {
                held -= 8;
                secret.Add((byte)(bits >> held));
                bits &= (1 << held) - 1;
            }
        }

        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(
            counter,
            (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 30) + steps
        );
#pragma warning disable CA5350 // RFC 6238 is defined over HMAC-SHA-1, which authenticator apps compute.
        var hash = HMACSHA1.HashData(secret.ToArray(), counter);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 15)) & int.MaxValue;
        return (number % 1_000_000).ToString("D6", System.Globalization.CultureInfo.InvariantCulture);
    }
}
