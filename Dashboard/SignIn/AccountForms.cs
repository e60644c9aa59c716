using System.Net;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Access;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.SignIn;

/// <summary>
/// The forms of people who are not signed in, or are about to sign out. Each form is carried out by REST, with the
/// limits, lock-outs and audit events of REST.
/// </summary>
internal sealed class AccountForms(
    BrokerClients clients,
    IUserSessions sessions,
    SessionCookie cookie,
    IAntiforgery antiforgery,
    DashboardOptions options
)
{
    private const int FormBytesMax = 16 * 1024;
    private const int ToLengthMax = 2_000;

    public void Map(IEndpointRouteBuilder endpoints)
    {
        // Pages are for people: the OpenAPI document describes REST alone.
        var routes = endpoints.MapGroup("").ExcludeFromDescription();
        routes.MapGet(DashboardPaths.SignIn, ShowSignIn);
        routes.MapPost(DashboardPaths.SignIn, http => PostAsync(http, SignInAsync));
        routes.MapGet(DashboardPaths.FirstUser, ShowFirstUser);
        routes.MapPost(DashboardPaths.FirstUser, http => PostAsync(http, MakeFirstUserAsync));
        routes.MapGet(DashboardPaths.Password, ShowPassword);
        routes.MapPost(DashboardPaths.Password, http => PostAsync(http, ChangePasswordAsync));
        routes.MapPost(DashboardPaths.SignOut, http => PostAsync(http, SignOutAsync));
        routes.MapGet(DashboardPaths.TooManyPages, ShowTooManyPages);
    }

    private IResult ShowSignIn(HttpContext http) =>
        PageClaims.SessionOf(http.User) is not null ? GoTo(http, To(http.Request.Query["to"]))
        : !sessions.HasUsers ? GoTo(http, DashboardPaths.FirstUser[1..])
        : SignInPage(
            new()
            {
                [nameof(SignIn.SignInPage.To)] = To(http.Request.Query["to"]),
                [nameof(SignIn.SignInPage.Note)] = http.Request.Query.ContainsKey("ended")
                    ? "Your session has ended. Sign in to go on."
                    : null,
            }
        );

    private IResult ShowFirstUser(HttpContext http) =>
        sessions.HasUsers ? GoTo(http, DashboardPaths.SignIn[1..]) : Page<FirstUserPage>(200, []);

    private RazorComponentResult<PasswordPage> ShowPassword(HttpContext http) => PasswordPage(http, 200, problem: null);

    private RazorComponentResult<RefusalPage> ShowTooManyPages(HttpContext http) =>
        Page<RefusalPage>(
            StatusCodes.Status503ServiceUnavailable,
            new()
            {
                [nameof(RefusalPage.Title)] = "Too many pages are open",
                [nameof(RefusalPage.Words)] =
                    $"A user may have {options.OpenPagesPerUserMax} pages open at once, and all users together "
                    + $"{options.OpenPagesMax}. Close some that you do not need; a page that was closed counts for "
                    + "another minute.",
            }
        );

    private async Task<IResult> SignInAsync(HttpContext http, IFormCollection form)
    {
        var (userName, code) = (Text(form, "userName").Trim(), Text(form, "code").Trim());
        var to = To(form["to"]);
        try
        {
            using var client = clients.For(clients.CallerOf(http.User));
            await BeginAsync(
                http,
                await client.Auth.LoginAsync(
                    new LoginRequest
                    {
                        UserName = userName,
                        Password = Text(form, "password"),
                        Totp = code.Length > 0 ? code : null,
                    },
                    http.RequestAborted
                )
            );
            return GoTo(http, to);
        }
        catch (ScheduleZeroException e)
        {
            return SignInPage(
                new()
                {
                    [nameof(SignIn.SignInPage.Problem)] = e.Problem?.Detail ?? e.Message,
                    [nameof(SignIn.SignInPage.UserName)] = userName,
                    [nameof(SignIn.SignInPage.AsksForCode)] = e.Problem?.Errors?.ContainsKey("totp") == true,
                    [nameof(SignIn.SignInPage.To)] = to,
                },
                StatusOf(e)
            );
        }
    }

    private async Task<IResult> MakeFirstUserAsync(HttpContext http, IFormCollection form)
    {
        if (sessions.HasUsers)
        {
            return GoTo(http, DashboardPaths.SignIn[1..]);
        }

        var userName = Text(form, "userName").Trim();
        var key = Text(form, "key").Trim();
        var password = Text(form, "newPassword");
        var problem =
            !ApiKey.TryParse(key, out _) ? "The key is not of the form szk_… Copy the whole of it."
            : password != Text(form, "repeated") ? "The two passwords are not the same."
            : null;
        if (problem is not null)
        {
            return FirstUserPage(userName, problem, StatusCodes.Status400BadRequest);
        }

        try
        {
            var caller = clients.CallerOf(http.User);
            using var admin = clients.For(caller, apiKey: key);
            await admin.Users.CreateAsync(
                new UserRequest
                {
                    UserName = userName,
                    Password = password,
                    MustChangePassword = false,
                    Roles = [new RoleGrant(Roles.Admin, "*")],
                },
                http.RequestAborted
            );
            using var client = clients.For(caller);
            await BeginAsync(
                http,
                await client.Auth.LoginAsync(
                    new LoginRequest { UserName = userName, Password = password },
                    http.RequestAborted
                )
            );
            return GoTo(http, "");
        }
        catch (ScheduleZeroException e)
        {
            return FirstUserPage(userName, ProblemText.Of(e), StatusOf(e));
        }
    }

    private async Task<IResult> ChangePasswordAsync(HttpContext http, IFormCollection form)
    {
        var password = Text(form, "newPassword");
        if (password != Text(form, "repeated"))
        {
            return PasswordPage(http, StatusCodes.Status400BadRequest, "The two passwords are not the same.");
        }

        try
        {
            using var client = clients.For(clients.CallerOf(http.User));
            await BeginAsync(
                http,
                await client.Auth.ChangePasswordAsync(
                    new PasswordChange { CurrentPassword = Text(form, "password"), NewPassword = password },
                    http.RequestAborted
                )
            );
            return GoTo(http, "");
        }
        catch (ScheduleZeroException e)
        {
            return PasswordPage(http, StatusOf(e), ProblemText.Of(e));
        }
    }

    private async Task<IResult> SignOutAsync(HttpContext http, IFormCollection form)
    {
        if (PageClaims.SessionOf(http.User) is not null)
        {
            using var client = clients.For(clients.CallerOf(http.User));
            await client.Auth.LogoutAsync(http.RequestAborted);
        }

        SessionCookie.Delete(http);
        return GoTo(http, DashboardPaths.SignIn[1..]);
    }

    // Ties the browser to the session that the tokens belong to. The refresh token is of no use here: the Broker itself
    // makes the access tokens of its pages, for as long as the session lasts.
    private async Task BeginAsync(HttpContext http, TokenAnswer tokens)
    {
        var me = await clients.MeAsync(tokens.AccessToken, http.User, http.RequestAborted);
        cookie.Write(http, me.SessionId!, tokens.SessionExpiresAt);
    }

    private async Task PostAsync(HttpContext http, Func<HttpContext, IFormCollection, Task<IResult>> act)
    {
        IResult result;
        if (http.Request.ContentLength is null or > FormBytesMax || !http.Request.HasFormContentType)
        {
            result = Page<RefusalPage>(
                StatusCodes.Status400BadRequest,
                Refusal("This form cannot be read", "It is larger than any form of these pages.")
            );
        }
        else if (!await antiforgery.IsRequestValidAsync(http))
        {
            result = Page<RefusalPage>(
                StatusCodes.Status400BadRequest,
                Refusal(
                    "The form was too old",
                    "It was made before you signed in or out, or before the Broker was set up anew. Nothing was done."
                )
            );
        }
        else
        {
            result = await act(http, await http.Request.ReadFormAsync(http.RequestAborted));
        }

        await result.ExecuteAsync(http);
    }

    private static Dictionary<string, object?> Refusal(string title, string words) =>
        new() { [nameof(RefusalPage.Title)] = title, [nameof(RefusalPage.Words)] = words };

    private static RazorComponentResult<SignInPage> SignInPage(
        Dictionary<string, object?> parameters,
        int status = 200
    ) => Page<SignInPage>(status, parameters);

    private static RazorComponentResult<FirstUserPage> FirstUserPage(string userName, string problem, int status) =>
        Page<FirstUserPage>(
            status,
            new()
            {
                [nameof(SignIn.FirstUserPage.UserName)] = userName,
                [nameof(SignIn.FirstUserPage.Problem)] = problem,
            }
        );

    private RazorComponentResult<PasswordPage> PasswordPage(HttpContext http, int status, string? problem) =>
        Page<PasswordPage>(
            status,
            new()
            {
                [nameof(SignIn.PasswordPage.Problem)] = problem,
                [nameof(SignIn.PasswordPage.UserName)] = PageClaims.NameOf(http.User) ?? "",
                [nameof(SignIn.PasswordPage.MustChange)] =
                    PageClaims.SessionOf(http.User) is { } id && sessions.Find(id) is { MustChangePassword: true },
            }
        );

    private static RazorComponentResult<TPage> Page<TPage>(int status, Dictionary<string, object?> parameters)
        where TPage : IComponent => new RazorComponentResult<TPage>(parameters) { StatusCode = status };

    private static string Text(IFormCollection form, string name) => form[name].Count == 1 ? form[name].ToString() : "";

    private static int StatusOf(ScheduleZeroException e) => (int)(e.Status ?? HttpStatusCode.ServiceUnavailable);

    /// <summary>An address below the base of pages that somebody wants to go to.</summary>
    private static string To(string? wanted) =>
        wanted is { Length: > 0 and <= ToLengthMax } && !wanted.Any(char.IsControl) && wanted[0] is not ('/' or '\\')
            ? wanted
            : "";

    // The base of pages comes first, whatever was wanted, so that nobody is sent to another site.
    private static RedirectHttpResult GoTo(HttpContext http, string to) =>
        TypedResults.LocalRedirect($"{http.Request.PathBase}/{to}");
}
