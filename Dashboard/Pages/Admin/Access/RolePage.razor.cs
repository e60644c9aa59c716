using Microsoft.AspNetCore.Components;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Admin.Access;

// What the page of one role reads and does; the other half says how it looks.
public sealed partial class RolePage
{
    private RoleView? _role;
    private string? _readName;
    private string _name = "";
    private string _description = "";
    private string _addresses = "";
    private List<RuleDraft> _rules = [];
    private IReadOnlyList<PermissionGroup> _groups = [];
    private bool _isAsked;

    /// <summary>The name of the role, from the address; null for a new role.</summary>
    [Parameter]
    public string? RoleName { get; set; }

    private bool IsRead => RoleName is null || _role is not null;

    private bool IsFixed => _role is { BuiltIn: true };

    /// <inheritdoc/>
    protected override async Task ReadAsync(CancellationToken cancellationToken)
    {
        if (_readName != RoleName)
        {
            (_readName, _role, _rules) = (RoleName, null, []);
        }

        if (RoleName is null)
        {
            _rules = _rules.Count == 0 ? [new RuleDraft()] : _rules;
        }
        else if (_role is null)
        {
            // What somebody is editing stays while the page is read again. A role that others change meanwhile is not
            // overwritten: its version is another one then.
            Fill(await Client.Roles.GetAsync(RoleName, cancellationToken));
        }

        var own = Session.Me.Rules ?? [];
        _groups = PermissionGroup.Of(
            own.Where(rule => rule is { Namespace: "*", Names: null })
                .SelectMany(rule => rule.Permissions)
                .Concat(_rules.SelectMany(rule => rule.Permissions))
        );
    }

    private void Fill(RoleView role)
    {
        _role = role;
        _description = role.Description ?? "";
        _addresses = NameList.Of(role.Addresses);
        _rules = [.. role.Rules.Select(RuleDraft.Of)];
    }

    private async Task SaveAsync()
    {
        var request = new RoleRequest
        {
            Name = RoleName ?? _name.Trim(),
            Description = _description.Trim() is { Length: > 0 } words ? words : null,
            Rules = [.. _rules.Select(rule => rule.ToRule())],
            Addresses = NameList.ParseOrNull(_addresses),
        };
        if (RoleName is not null)
        {
            await ActAsync(
                async () => Fill(await Client.Roles.PutAsync(request, _role!.Version, Closing)),
                "Saved. It holds at once for everybody who has the role."
            );
        }
        else if (
            await ActAsync(
                () => Client.Roles.CreateAsync(request, Closing),
                $"The role {request.Name} can be given now."
            )
        )
        {
            Navigation.NavigateTo(PathOf(AdminTabs.Roles));
        }
    }

    private async Task DeleteAsync()
    {
        _isAsked = false;
        var isDone = await ActAsync(
            () => Client.Roles.DeleteAsync(RoleName!, Closing),
            $"The role {RoleName} is deleted."
        );
        if (isDone)
        {
            Navigation.NavigateTo(PathOf(AdminTabs.Roles));
        }
    }
}
