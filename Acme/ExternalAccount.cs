namespace ScheduleZero.Acme;

/// <summary>An account at the CA's own web site, to which the ACME account is bound (RFC 8555, 7.3.4).</summary>
/// <param name="KeyId">The key's id as the CA shows it.</param>
/// <param name="Key">The MAC key's bytes; the CA shows them in base64url.</param>
internal sealed record ExternalAccount(string KeyId, ReadOnlyMemory<byte> Key)
{
    // A record would print the key.
    public override string ToString() => $"external account {KeyId}";
}
