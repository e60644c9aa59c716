using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>
/// Alerts of the client's namespace: what is wrong now, the rules that say what is watched, and the channels that say
/// where notices go.
/// </summary>
public sealed class AlertsClient
{
    private readonly RestConnection _connection;
    private readonly string _path;
    private readonly string _rules;
    private readonly string _channels;

    internal AlertsClient(RestConnection connection)
    {
        _connection = connection;
        _path = connection.InNamespace("alerts");
        _rules = $"{_path}/rules";
        _channels = $"{_path}/channels";
    }

    /// <summary>Reads one page of the open alerts.</summary>
    /// <param name="rule">The rule whose alerts are read; null for all.</param>
    public Task<Page<AlertView>> ListAsync(
        string? rule = null,
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString(_path).Add("rule", rule).Add("limit", limit).Add("cursor", cursor).ToString(),
            RestJson.Default.PageAlertView,
            cancellationToken
        );

    /// <summary>Lists all open alerts, reading page after page.</summary>
    /// <inheritdoc cref="ListAsync" path="/param[@name='rule']"/>
    public IAsyncEnumerable<AlertView> ListAllAsync(
        string? rule = null,
        CancellationToken cancellationToken = default
    ) => Paging.AllAsync((cursor, token) => ListAsync(rule, null, cursor, token), null, cancellationToken);

    /// <summary>Reads one page of the rules, in order of name.</summary>
    public Task<Page<AlertRuleView>> ListRulesAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) => _connection.ListAsync(_rules, limit, cursor, RestJson.Default.PageAlertRuleView, cancellationToken);

    /// <summary>Lists all rules, in order of name, reading page after page.</summary>
    public IAsyncEnumerable<AlertRuleView> ListAllRulesAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListRulesAsync(null, cursor, token), null, cancellationToken);

    public Task<AlertRuleView> GetRuleAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(Rule(name), RestJson.Default.AlertRuleView, cancellationToken);

    /// <summary>Creates a rule; a name that is taken is <c>conflict</c> with status 412.</summary>
    public Task<AlertRuleView> CreateRuleAsync(
        string name,
        AlertRuleRequest rule,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PutNewAsync(
            Rule(name),
            rule,
            RestJson.Default.AlertRuleRequest,
            RestJson.Default.AlertRuleView,
            cancellationToken
        );

    /// <summary>Creates a rule, or replaces the one of the same name. A rule that was muted stays muted.</summary>
    /// <param name="ifVersion">The version that may be replaced, another is <c>conflict</c> with status 412; null for
    /// any.</param>
    public Task<AlertRuleView> PutRuleAsync(
        string name,
        AlertRuleRequest rule,
        int? ifVersion = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PutAsync(
            Rule(name),
            rule,
            RestJson.Default.AlertRuleRequest,
            RestJson.Default.AlertRuleView,
            ifVersion,
            cancellationToken
        );

    /// <summary>Deletes a rule with its open alerts. Nobody is told.</summary>
    /// <param name="ifVersion">The version that may be deleted; null for any.</param>
    public Task DeleteRuleAsync(string name, int? ifVersion = null, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync(Rule(name), ifVersion, cancellationToken);

    /// <summary>Lets a rule tell nobody until an instant. Its alerts begin and end as before.</summary>
    public Task<AlertRuleView> MuteRuleAsync(
        string name,
        AlertMuteRequest mute,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PostAsync(
            $"{Rule(name)}/mute",
            mute,
            RestJson.Default.AlertMuteRequest,
            RestJson.Default.AlertRuleView,
            cancellationToken
        );

    /// <summary>Lets a muted rule tell people again. What was put off is told at once.</summary>
    public Task<AlertRuleView> UnmuteRuleAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.PostAsync($"{Rule(name)}/unmute", RestJson.Default.AlertRuleView, cancellationToken);

    /// <summary>Reads one page of the channels, in order of name.</summary>
    public Task<Page<AlertChannelView>> ListChannelsAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) => _connection.ListAsync(_channels, limit, cursor, RestJson.Default.PageAlertChannelView, cancellationToken);

    /// <summary>Lists all channels, in order of name, reading page after page.</summary>
    public IAsyncEnumerable<AlertChannelView> ListAllChannelsAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListChannelsAsync(null, cursor, token), null, cancellationToken);

    public Task<AlertChannelView> GetChannelAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(Channel(name), RestJson.Default.AlertChannelView, cancellationToken);

    /// <summary>
    /// Creates a channel; a name that is taken is <c>conflict</c> with status 412. A secret that the Broker made is
    /// shown in this answer alone.
    /// </summary>
    public Task<AlertChannelView> CreateChannelAsync(
        string name,
        AlertChannelRequest channel,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PutNewAsync(
            Channel(name),
            channel,
            RestJson.Default.AlertChannelRequest,
            RestJson.Default.AlertChannelView,
            cancellationToken
        );

    /// <summary>
    /// Creates a channel, or replaces the one of the same name. A secret that the Broker made is shown in this answer
    /// alone.
    /// </summary>
    /// <inheritdoc cref="PutRuleAsync" path="/param[@name='ifVersion']"/>
    public Task<AlertChannelView> PutChannelAsync(
        string name,
        AlertChannelRequest channel,
        int? ifVersion = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PutAsync(
            Channel(name),
            channel,
            RestJson.Default.AlertChannelRequest,
            RestJson.Default.AlertChannelView,
            ifVersion,
            cancellationToken
        );

    /// <summary>
    /// Deletes a channel with the notices that wait for it; a conflict while a rule names the channel.
    /// </summary>
    /// <inheritdoc cref="DeleteRuleAsync" path="/param[@name='ifVersion']"/>
    public Task DeleteChannelAsync(string name, int? ifVersion = null, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync(Channel(name), ifVersion, cancellationToken);

    /// <summary>Sends a test notice to a channel, once, and waits for the outcome.</summary>
    public Task<AlertChannelTest> TestChannelAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.PostAsync($"{Channel(name)}/test", RestJson.Default.AlertChannelTest, cancellationToken);

    private string Rule(string name) => $"{_rules}/{Uri.EscapeDataString(name)}";

    private string Channel(string name) => $"{_channels}/{Uri.EscapeDataString(name)}";
}
