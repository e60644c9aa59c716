using Microsoft.AspNetCore.Components;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Components;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Handlers;

// What the page of enrolments reads and does; the other half says how it looks.
public sealed partial class EnrolPage
{
    private const int RowsMax = 500;

    private readonly EnrolForm _form = new();
    private string _address = "";
    private string? _addressProblem;
    private string? _capacityProblem;
    private string? _problem;
    private bool _isActing;
    private FieldErrors _errors = FieldErrors.None;
    private EnrolmentCreated? _made;
    private IReadOnlyList<EnrolmentView>? _open;
    private HandlerView? _connected;

    /// <summary>The name that the form begins with; null for none.</summary>
    [SupplyParameterFromQuery(Name = "name")]
    public string? Name { get; set; }

    /// <summary>The system whose line is shown: <c>linux</c>, <c>macos</c> or <c>windows</c>.</summary>
    [SupplyParameterFromQuery(Name = "system")]
    public string? SystemKey { get; set; }

    private IReadOnlyList<Tab> Tabs => [TabOf("Linux", "linux"), TabOf("macOS", "macos"), TabOf("Windows", "windows")];

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        _form.Name = Name ?? "";
        var here = new Uri(Navigation.BaseUri);
        _address = here.IsLoopback ? "http://127.0.0.1:8890" : "";
    }

    /// <inheritdoc/>
    protected override bool Concerns(BrokerEvent happened) =>
        happened.Type.StartsWith("handler.", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override async Task ReadAsync(CancellationToken cancellationToken)
    {
        _open = (await Client.Enrolments.ListAsync(RowsMax, null, cancellationToken)).Items;
        if (_made is { } made && _connected is null)
        {
            _connected = await FindConnectedAsync(made, cancellationToken);
            if (_connected is null && made.ExpiresAt > Session.Now)
            {
                // No event says that a token was used.
                Wake();
            }
        }
    }

    private EnrolmentView? TokenOf(EnrolmentCreated made) => _open?.FirstOrDefault(token => token.Id == made.Id);

    // The handler whose session uses the key that was made with the token; null as long as there is none.
    private async Task<HandlerView?> FindConnectedAsync(EnrolmentCreated made, CancellationToken cancellationToken)
    {
        if (TokenOf(made)?.KeyId is not { } key || !Session.May("handlers:read", Namespace))
        {
            return null;
        }

        var filter = new HandlerFilter { Online = true };
        for (string? cursor = null; ; )
        {
            var page = await Client.Handlers.ListAsync(filter, RowsMax, cursor, cancellationToken);
            if (
                page.Items.FirstOrDefault(handler => handler.Sessions.Any(session => session.KeyId == key)) is { } found
            )
            {
                return found;
            }

            cursor = page.NextCursor;
            if (cursor is null)
            {
                return null;
            }
        }
    }

    private async Task CreateAsync()
    {
        _address = _address.Trim();
        _addressProblem = EnrolLine.ProblemOf(_address);
        _capacityProblem = WholeNumber.TryParse(_form.MaxCapacity, out int? capacity)
            ? null
            : "A whole number is needed.";
        if (_addressProblem is not null || _capacityProblem is not null)
        {
            return;
        }

        _isActing = true;
        try
        {
            (_errors, _problem, _connected) = (FieldErrors.None, null, null);
            _made = await Client.Enrolments.CreateAsync(_form.ToRequest(capacity), Closing);
        }
        catch (ScheduleZeroException e)
        {
            _errors = FieldErrors.Of(e);
            _problem = _errors.HasFields
                ? _errors.Beyond(_form.NameField, "methods", "groups", "maxCapacity", "addresses")
                : ProblemText.Of(e);
        }
        finally
        {
            _isActing = false;
        }

        await ReadNowAsync();
    }

    private void ForgetMade() => (_made, _connected, _form.Name) = (null, null, "");

    private Tab TabOf(string label, string system)
    {
        var name = Name is null ? "" : $"&name={Uri.EscapeDataString(Name)}";
        return new Tab(
            label,
            $"ns/{Namespace}/handlers/enrol?system={system}{name}",
            (SystemKey is "macos" or "windows" ? SystemKey : "linux") == system
        );
    }
}
