namespace ScheduleZero.Authorities;

/// <summary>
/// Certificates that a client must refuse at <c>localhost</c> when it trusts the root of an authority, each with the
/// words that the client must say.
/// </summary>
internal static class WrongCertificate
{
    private static readonly string[] Here = ["localhost"];

    /// <summary>The kinds, each with the words that a refusal must have.</summary>
    public static IReadOnlyDictionary<string, string[]> Kinds { get; } =
        new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["expired"] = ["The certificate of localhost expired at", "the clock of this machine says", "Renew it"],
            ["not yet valid"] = ["The certificate of localhost is not valid before", "Is the clock right?"],
            ["wrong name"] = ["is for other.example, 192.0.2.1, and not for localhost"],
            ["no name"] = ["The certificate of localhost names no host (subjectAltName)"],
            ["self-signed"] = ["The certificate of localhost is self-signed", "SHA-256", "--ca"],
            ["incomplete"] = ["is incomplete: the certificate of 'CN=test intermediate' is neither sent nor among"],
            ["other authority"] =
            [
                "the certificate of 'CN=other root' is neither sent nor among the authorities in",
                "--ca",
            ],
            ["not for servers"] = ["The certificate of localhost is not for servers (serverAuth)"],
            ["hostile name"] = ["the certificate of 'CN=evil?[2J? intermediate' is neither sent"],
            ["expired and wrong name"] = ["is for other.example, and not for localhost", "expired at"],
        };

    /// <summary>Makes the files of a certificate of one kind.</summary>
    public static ServerFiles Issue(TestAuthority authority, string folder, string kind)
    {
        var (past, future) = (TimeSpan.FromHours(-1), TimeSpan.FromHours(1));
        switch (kind)
        {
            case "expired":
                return authority.Issue(folder, "server", Here, notAfter: past);
            case "not yet valid":
                return authority.Issue(folder, "server", Here, notBefore: future);
            case "wrong name":
                return authority.Issue(folder, "server", ["other.example", "192.0.2.1"]);
            case "no name":
                return authority.Issue(folder, "localhost", []);
            case "self-signed":
                return TestAuthority.SelfSign(folder, "server", Here);
            case "incomplete":
                return authority.Issue(folder, "server", Here, withIntermediate: false);
            case "other authority":
                using (var other = new TestAuthority("other"))
                {
                    return other.Issue(folder, "server", Here);
                }

            case "not for servers":
                return authority.Issue(folder, "server", Here, purpose: TestAuthority.ClientPurpose);
            case "hostile name":
                using (var evil = new TestAuthority("evil\u001b[2J\u202e"))
                {
                    return evil.Issue(folder, "server", Here, withIntermediate: false);
                }

            case "expired and wrong name":
                return authority.Issue(folder, "server", ["other.example"], notAfter: past);
            default:
                throw new ArgumentException($"There is no kind '{kind}'.", nameof(kind));
        }
    }
}
