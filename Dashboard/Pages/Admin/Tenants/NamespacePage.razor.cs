using Microsoft.AspNetCore.Components;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Admin.Tenants;

// What the page of one namespace reads and does; the other half says how it looks.
public sealed partial class NamespacePage
{
    private NamespaceView? _ns;
    private string? _readName;

    /// <summary>The version of the namespace from which the fields were filled.</summary>
    private long _version;
    private LimitFields _limits = LimitFields.Of(new NamespaceLimits());
    private (string Field, string Words)? _problem;
    private string _addresses = "";
    private string _sealed = "";
    private string _description = "";
    private string _confirm = "";
    private bool _isAsked;

    /// <summary>The name of the namespace that is shown, which need not be that of the navigation.</summary>
    [Parameter]
    public string Name { get; set; } = "";

    private bool MayManage => Session.MayEverywhere("namespaces:manage");

    private int NamedLimits => (_ns?.Limits.PerMethod?.Count ?? 0) + (_ns?.Limits.PerHandler?.Count ?? 0);

    /// <inheritdoc/>
    protected override async Task ReadAsync(CancellationToken cancellationToken)
    {
        if (_readName != Name)
        {
            (_readName, _ns, _problem) = (Name, null, null);
        }

        var ns = await Client.Namespaces.GetAsync(Name, cancellationToken);
        if (_ns is null)
        {
            // What somebody is editing stays while the page is read again.
            Fill(ns);
        }

        _ns = ns;
    }

    private void Fill(NamespaceView ns)
    {
        // A namespace that others change meanwhile is not overwritten: its version is another one then.
        _version = ns.Version;
        _limits = LimitFields.Of(ns.Limits);
        _addresses = NameList.Of(ns.Addresses);
        _sealed = NameList.Of(ns.Sealed);
        _description = ns.Description ?? "";
    }

    private async Task SaveAsync()
    {
        var limits = _limits.ToLimits(out _problem);
        if (_problem is not null)
        {
            return;
        }

        var patch = new NamespacePatch
        {
            // REST takes no empty text: a description that is taken away here stays.
            Description = _description.Trim() is { Length: > 0 } words ? words : null,
            Limits = limits,
            Addresses = NameList.Parse(_addresses),
            Sealed = NameList.Parse(_sealed),
        };
        await ActAsync(
            async () => Fill(await Client.Namespaces.PatchAsync(Name, patch, _version, Closing)),
            "Saved. It holds at once, for what comes."
        );
    }

    private string? ErrorOf(string field) =>
        _problem is { } problem && problem.Field == field ? problem.Words : Errors.Of($"limits.{field}");

    private static string WordsOf(int? limit) =>
        limit is { } most ? $"of {NumberText.Whole(most)} that may be" : "no limit";

    private void Ask() => (_confirm, _isAsked) = ("", true);

    private async Task DeleteAsync()
    {
        _isAsked = false;
        if (await ActAsync(() => Client.Namespaces.DeleteAsync(Name, Closing), $"The namespace {Name} is closed."))
        {
            await Session.ReadNamespacesAsync();
            var stays = Namespace == Name ? Contracts.Names.DefaultNamespace : Namespace;
            Navigation.NavigateTo(AdminTabs.PathOf(stays, AdminTabs.Namespaces));
        }
    }
}
