namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>Reads the API key anew for every connection, so that a key can be rotated.</summary>
internal sealed class KeySource(HandlerAgentOptions options)
{
    /// <summary>Reads the API key; null for an agent that enrolled, which has none.</summary>
    /// <exception cref="CarrierException">The file cannot be read, or holds no key.</exception>
    public async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        if (options.ApiKey is not null || options.ApiKeyFile is null)
        {
            return options.ApiKey;
        }

        string text;
        try
        {
            text = (await File.ReadAllTextAsync(options.ApiKeyFile, cancellationToken)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CarrierException($"The API key file cannot be read: {e.Message}");
        }

        return Contracts.ApiKey.TryParse(text, out _)
            ? text
            : throw new CarrierException(
                $"The API key file {options.ApiKeyFile} does not hold a whole API key (szk_…)."
            );
    }
}
