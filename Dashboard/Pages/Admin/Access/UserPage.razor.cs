using Microsoft.AspNetCore.Components;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Admin.Access;

// What the page of one user reads and does; the other half says how it looks.
public sealed partial class UserPage
{
    private UserView? _user;
    private IReadOnlyList<UserSessionView>? _sessions;
    private IReadOnlyList<string> _roles = [];
    private List<GrantRow> _grants = [];
    private string _rate = "";
    private string? _rateProblem;
    private string? _password;
    private string? _readName;
    private Act? _asked;

    /// <summary>The name of the user, from the address.</summary>
    [Parameter]
    public string UserName { get; set; } = "";

    private enum Act
    {
        Reset,
        RemoveTwoFactor,
        Disable,
        Delete,
    }

    private string SessionWords => NumberText.Of(_sessions?.Count ?? 0, "session", "sessions");

    /// <inheritdoc/>
    protected override async Task ReadAsync(CancellationToken cancellationToken)
    {
        if (_readName != UserName)
        {
            (_readName, _user, _sessions, _password) = (UserName, null, null, null);
        }

        var user = await Client.Users.GetAsync(UserName, cancellationToken);
        _sessions = (await Client.Users.SessionsAsync(UserName, cancellationToken)).Items;
        if (_user is null)
        {
            // What somebody is editing stays while the page is read again.
            _roles = await RoleNames.ReadAsync(Session, Namespace);
            Fill(user);
        }

        _user = user;
    }

    private void Fill(UserView user) =>
        (_grants, _rate) = (GrantRow.Of(user.Roles), WholeNumber.Of(user.RequestsPerMinute));

    private Task<bool> UnlockAsync() =>
        ActAsync(() => PatchAsync(new UserPatch { Locked = false }), $"{UserName} may try again.");

    private Task<bool> EnableAsync() =>
        ActAsync(() => PatchAsync(new UserPatch { Disabled = false }), $"{UserName} may sign in again.");

    private async Task SaveAsync()
    {
        _rateProblem = WholeNumber.TryParse(_rate, out int? rate) ? null : "A whole number is needed.";
        if (_rateProblem is null)
        {
            var patch = new UserPatch { Roles = GrantRow.ToGrants(_grants), RequestsPerMinute = rate };
            await ActAsync(
                async () => Fill(await Client.Users.PatchAsync(UserName, patch, Closing)),
                "Saved. It holds at once, also for open pages."
            );
        }
    }

    private Task<bool> EndAsync(UserSessionView session) =>
        ActAsync(() => Client.Users.EndSessionAsync(UserName, session.Id, Closing), "The session has ended.");

    private void Ask(Act act)
    {
        ClearErrors();
        _asked = act;
    }

    private async Task DoAsync(Act act)
    {
        _asked = null;
        switch (act)
        {
            case Act.Reset:
                await ActAsync(async () =>
                    _password = (await Client.Users.ResetPasswordAsync(UserName, new PasswordReset(), Closing)).Password
                );
                break;
            case Act.RemoveTwoFactor:
                await ActAsync(
                    () => PatchAsync(new UserPatch { TwoFactor = false }),
                    $"{UserName} signs in with the password alone."
                );
                break;
            case Act.Disable:
                await ActAsync(() => PatchAsync(new UserPatch { Disabled = true }), $"{UserName} is disabled.");
                break;
            case Act.Delete:
                if (await ActAsync(() => Client.Users.DeleteAsync(UserName, Closing), $"{UserName} is deleted."))
                {
                    Navigation.NavigateTo(PathOf(AdminTabs.Users));
                }

                break;
            default:
                break;
        }
    }

    private Task<UserView> PatchAsync(UserPatch patch) => Client.Users.PatchAsync(UserName, patch, Closing);

    private string TitleOf(Act act) =>
        act switch
        {
            Act.Reset => $"Reset the password of {UserName}",
            Act.RemoveTwoFactor => $"Remove the second factor of {UserName}",
            Act.Disable => $"Disable {UserName}",
            _ => $"Delete {UserName}",
        };

    private static string VerbOf(Act act) =>
        act switch
        {
            Act.Reset => "Reset the password",
            Act.RemoveTwoFactor => "Remove it",
            Act.Disable => "Disable",
            _ => "Delete",
        };

    private string LossOf(Act act) =>
        act switch
        {
            Act.Reset => $"The present password is good no more, and {SessionWords} of the user end at once.",
            Act.RemoveTwoFactor => "The authenticator app and the recovery codes of the user are good no more.",
            Act.Disable => $"{SessionWords} of the user end at once, and nobody signs in as the user.",
            _ => $"The account, its roles and its {SessionWords} are lost. This cannot be undone.",
        };

    private static string AfterwardsOf(Act act) =>
        act switch
        {
            Act.Reset => "The Broker makes a new password and shows it once. It opens nothing but the page that "
                + "changes it.",
            Act.RemoveTwoFactor => "For somebody who has lost both. Be sure that it is the user who asks.",
            Act.Disable => "Schedules of the user go on. Enabling the user undoes this, save for the sessions.",
            _ => "Schedules stay, owned by the name: disable the user to keep the name from being given again.",
        };
}
