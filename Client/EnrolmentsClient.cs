using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>Enrolment tokens of the client's namespace.</summary>
public sealed class EnrolmentsClient
{
    private readonly RestConnection _connection;
    private readonly string _path;

    internal EnrolmentsClient(RestConnection connection)
    {
        _connection = connection;
        _path = connection.InNamespace("enrolments");
    }

    /// <summary>Makes a token. The answer is the only place where it can ever be read.</summary>
    public Task<EnrolmentCreated> CreateAsync(
        EnrolmentRequest enrolment,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PostAsync(
            _path,
            enrolment,
            RestJson.Default.EnrolmentRequest,
            RestJson.Default.EnrolmentCreated,
            TimeSpan.Zero,
            cancellationToken
        );

    /// <summary>Reads one page of the enrolment tokens.</summary>
    public Task<Page<EnrolmentView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString(_path).Add("limit", limit).Add("cursor", cursor).ToString(),
            RestJson.Default.PageEnrolmentView,
            cancellationToken
        );

    /// <summary>Takes a token back. A key that was made with it stays.</summary>
    public Task RevokeAsync(string id, CancellationToken cancellationToken = default) =>
        _connection.TellAsync(HttpMethod.Delete, $"{_path}/{Uri.EscapeDataString(id)}", null, cancellationToken);
}
