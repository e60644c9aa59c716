using Microsoft.AspNetCore.Components;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Admin.Keys;

// What the list of keys reads and does; the other half says how it looks.
public sealed partial class KeysPage
{
    private const int PageSize = 50;

    private IReadOnlyList<KeyView>? _rows;
    private string? _next;
    private KeyCreated? _made;
    private KeyView? _asked;

    /// <summary>Where the page of the list begins; null for its beginning.</summary>
    [SupplyParameterFromQuery]
    public string? Cursor { get; set; }

    /// <summary>The id of the key whose details are shown; null for none.</summary>
    [SupplyParameterFromQuery]
    public string? Key { get; set; }

    /// <summary>
    /// Whether the form for a new key is open; <c>bridge</c> for one that begins with the key of a Bridge.
    /// </summary>
    [SupplyParameterFromQuery]
    public string? New { get; set; }

    private bool IsNew => New is not null && _made is null;

    private KeyKind NewKind =>
        New == "bridge" && Session.MayEverywhere("keys:manage") ? KeyKind.Bridge : KeyKind.Service;

    private KeyView? Chosen => _rows?.FirstOrDefault(key => key.Id == Key);

    /// <inheritdoc/>
    protected override async Task ReadAsync(CancellationToken cancellationToken)
    {
        var page = await Client.Keys.ListAsync(PageSize, Cursor, cancellationToken);
        (_rows, _next) = (page.Items, page.NextCursor);
    }

    private async Task CreateAsync(KeyRequest request)
    {
        if (await ActAsync(async () => _made = await Client.Keys.CreateAsync(request, Closing)))
        {
            CloseForm();
        }
    }

    private Task<bool> ChangeAsync(KeyView key, KeyPatch patch) =>
        ActAsync(() => Client.Keys.ChangeAsync(key.Id, patch, Closing), "Saved. It holds at once.");

    private Task<bool> RotateAsync(KeyView key, TimeSpan overlap) =>
        ActAsync(async () => _made = await Client.Keys.RotateAsync(key.Id, overlap, Closing));

    private async Task RevokeAsync(KeyView key)
    {
        _asked = null;
        await ActAsync(() => Client.Keys.RevokeAsync(key.Id, Closing), $"The key {key.Id} is revoked.");
    }

    private void CloseForm()
    {
        ClearErrors();
        Navigation.NavigateTo(Href());
    }

    private (string Words, Tone Tone) StateOf(KeyView key) => KeyText.StateOf(key, Session.Now);

    private static string NoteOf(KeyCreated key) =>
        key.Kind switch
        {
            KeyKind.Handler => "It is shown only now. Write it into a file that only the agent's account may read, and "
                + "name the file by apiKeyFile.",
            KeyKind.Bridge =>
                "It is shown only now. Write it into a file that only the Bridge's account may read, and start "
                    + "the Bridge with it: schedulezero bridge --key FILE.",
            _ => "It is shown only now. Programs send it as a bearer token; the command line reads it from "
                + "SCHEDULEZERO_API_KEY.",
        };

    private string Href(string? key = null, bool isNew = false)
    {
        List<string> query = [];
        if (Cursor is not null)
        {
            query.Add($"cursor={Uri.EscapeDataString(Cursor)}");
        }

        if (key is not null)
        {
            query.Add($"key={Uri.EscapeDataString(key)}");
        }

        if (isNew)
        {
            query.Add("new=yes");
        }

        return PathOf(AdminTabs.Keys) + (query.Count == 0 ? "" : $"?{string.Join('&', query)}");
    }
}
