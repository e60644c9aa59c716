using System.Text.Json;
using Microsoft.AspNetCore.Components;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Components;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.RunJob;

// What the form for a job reads and sends; the other half says how it looks.
public sealed partial class RunJobPage
{
    /// <summary>How many methods are offered for choice; others can be typed.</summary>
    private const int MethodsMax = Limits.PageSizeMax;

    /// <summary>How long params may be that the page takes at all. The Broker has a limit of its own.</summary>
    private const int ParamsBytesMax = 4 * 1024 * 1024;

    private readonly JobOptionFields _options = new();
    private IReadOnlyList<MethodView>? _methods;
    private JobView? _replayed;
    private SchemaForm? _form;
    private LongText? _json;
    private string _jsonText = "{}";
    private string? _jsonError;
    private string? _refusal;
    private IReadOnlyDictionary<string, string[]> _errors = new Dictionary<string, string[]>();
    private (string Namespace, string Method, string? From)? _begun;
    private bool _asJson;
    private bool _isActing;

    /// <summary>The method, from the address.</summary>
    [SupplyParameterFromQuery(Name = "method")]
    public string? Method { get; set; }

    /// <summary>The job that is replayed with other params, from the address; null for a job of its own.</summary>
    [SupplyParameterFromQuery(Name = "from")]
    public string? From { get; set; }

    private string MethodName => _replayed?.Method ?? Method ?? "";

    private string Title => _replayed is null ? "Run a job" : $"Replay {_replayed.Method}";

    private string MethodHelp =>
        _methods?.FirstOrDefault(method => method.Name == MethodName) is { } chosen
            ? ForeignText.Line(
                $"{chosen.Description} Offered by {NumberText.Of(chosen.Handlers.Count, "handler", "handlers")}.",
                300
            )
        : MethodName.Length > 0 ? "No handler that is connected offers it; the job waits until one does."
        : "The unit of work, such as reports.render.";

    private string? ParamsError =>
        _jsonError
        ?? (
            _form is not null && !_asJson
                ? (_errors.ContainsKey("params") ? ErrorOf("params") : null)
                : ErrorsBelow("params")
        );

    /// <inheritdoc/>
    // What is being typed is not disturbed by what happens elsewhere.
    protected override bool Concerns(BrokerEvent happened) => false;

    /// <inheritdoc/>
    protected override async Task ReadAsync(CancellationToken cancellationToken)
    {
        if (_begun == (Namespace, Method ?? "", From) || !Session.May("jobs:run", Namespace))
        {
            return;
        }

        _replayed = JobId.TryParse(From, out var id) ? await Client.Jobs.GetAsync(id, cancellationToken) : null;
        var methods = Session.May("handlers:read", Namespace)
            ? (await Client.Handlers.MethodsAsync(MethodsMax, null, cancellationToken)).Items
            : [];
        _form = SchemaForm.Of(methods.FirstOrDefault(method => method.Name == MethodName)?.ParamsSchema ?? default);
        _asJson = _form is null;
        _jsonText = "{}";
        if (_replayed is { Params.IsEmpty: false } old)
        {
            _jsonText = Pretty(old.Params);
            _asJson = _form?.Fill(old.Params) != true;
        }

        (_methods, _jsonError, _refusal, _errors) = (methods, null, null, new Dictionary<string, string[]>());
        _begun = (Namespace, Method ?? "", From);
    }

    private void ChooseMethod(ChangeEventArgs e) =>
        Navigation.NavigateTo($"ns/{Namespace}/jobs/run?method={Uri.EscapeDataString($"{e.Value}".Trim())}");

    private string? ErrorOf(string name) =>
        _options.Errors.GetValueOrDefault(name)
        ?? (
            name is "params" or "method"
                ? _errors.TryGetValue(name, out var own)
                    ? string.Join(' ', own)
                    : null
                : ErrorsBelow(name)
        );

    // What REST said against a field, or against what is inside it.
    private string? ErrorsBelow(string name)
    {
        var texts = _errors
            .Where(error =>
                error.Key == name
                || error.Key.StartsWith($"{name}.", StringComparison.Ordinal)
                || error.Key.StartsWith($"{name}[", StringComparison.Ordinal)
            )
            .SelectMany(error => error.Value.Select(text => error.Key == name ? text : $"{error.Key}: {text}"))
            .ToArray();
        return texts.Length == 0 ? null : ForeignText.Line(string.Join(' ', texts), 500);
    }

    // From fields to JSON and back, with what stands there.
    private async Task SwitchAsync()
    {
        if (_asJson)
        {
            if (await ReadJsonAsync() is { } typed)
            {
                _asJson = !_form!.Fill(typed);
                _jsonError = _asJson ? "The fields cannot show all of this." : null;
                _jsonText = _asJson ? Pretty(typed) : _jsonText;
            }

            return;
        }

        if (_form!.Read() is { } filled)
        {
            (_asJson, _jsonText) = (true, Pretty(filled));
        }
    }

    private async Task SubmitAsync()
    {
        _isActing = true;
        (_jsonError, _refusal, _errors) = (null, null, new Dictionary<string, string[]>());
        try
        {
            var parameters = _asJson || _form is null ? await ReadJsonAsync() : _form.Read();
            var request = _options.Read(MethodName, parameters ?? default, Session.Zone, Session.Now);
            if (parameters is not null && request is not null)
            {
                await SendAsync(request);
            }
        }
        catch (ScheduleZeroException e)
        {
            _errors = e.Problem?.Errors ?? _errors;
            _refusal = ProblemText.Of(e);
        }
        finally
        {
            _isActing = false;
        }
    }

    private async Task SendAsync(JobRequest request)
    {
        var job = _replayed is { } old
            ? await Client.Jobs.ReplayAsync(old.Id, request.Params, Closing)
            : await Client.Jobs.EnqueueAsync(request, Closing);
        Toasts.Say(job.Warning ?? "The job is enqueued.", job.Warning is null ? Tone.Ok : Tone.Wait);
        Navigation.NavigateTo($"ns/{Namespace}/jobs/{job.Id}");
    }

    private async Task<RawJson?> ReadJsonAsync()
    {
        var text = await _json!.ReadAsync(ParamsBytesMax, Closing);
        if (text is null)
        {
            _jsonError = $"At most {NumberText.Whole(ParamsBytesMax)} bytes can be sent from here.";
            return null;
        }

        try
        {
            _jsonText = text;
            return RawJson.Parse(text.Trim().Length == 0 ? "{}" : text);
        }
        catch (JsonException e)
        {
            _jsonError = $"This is no JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.";
            return null;
        }
    }

    private static string Pretty(RawJson json)
    {
        try
        {
            using var document = JsonDocument.Parse(json.Utf8);
            return JsonSerializer.Serialize(document.RootElement, PrettyJson);
        }
        catch (JsonException)
        {
            return json.ToString();
        }
    }

    // Texts stay as they were written: the page encodes them, and the Broker stores the bytes.
    private static JsonSerializerOptions PrettyJson { get; } =
        new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
