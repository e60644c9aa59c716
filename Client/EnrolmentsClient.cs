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

    /// <summary>Makes an enrolment token. Only this answer ever shows the token.</summary>
    public Task<EnrolmentCreated> CreateAsync(
        EnrolmentRequest enrolment,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PostAsync(
            _path,
            enrolment,
            RestJson.Default.EnrolmentRequest,
            RestJson.Default.EnrolmentCreated,
            cancellationToken
        );

    /// <summary>Reads one page of the enrolment tokens.</summary>
    public Task<Page<EnrolmentView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) => _connection.ListAsync(_path, limit, cursor, RestJson.Default.PageEnrolmentView, cancellationToken);

    /// <summary>Takes an enrolment token back. A key that was made with the token stays.</summary>
    public Task RevokeAsync(string id, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync($"{_path}/{Uri.EscapeDataString(id)}", cancellationToken);
}
