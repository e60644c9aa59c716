namespace ScheduleZero.Acme.Wire;

/// <summary>What a CA says went wrong (RFC 7807, with the types of RFC 8555, 6.7).</summary>
internal sealed record Problem
{
    public const string BadNonce = "badNonce";
    public const string NoSuchAccount = "accountDoesNotExist";
    public const string AlreadyReplaced = "alreadyReplaced";

    private const string TypePrefix = "urn:ietf:params:acme:error:";

    /// <summary>A longer text is cut: it goes into the log.</summary>
    private const int TextMax = 400;

    private const int SubproblemsMax = 5;

    public string? Type { get; init; }
    public string? Detail { get; init; }

    /// <summary>With <c>userActionRequired</c>: the page that a human must read.</summary>
    public string? Instance { get; init; }

    /// <summary>The name that the problem is about; null when it is about the whole request.</summary>
    public Identifier? Identifier { get; init; }

    public IReadOnlyList<Problem>? Subproblems { get; init; }

    /// <summary>The type without its prefix; null for a problem without a type of ACME.</summary>
    public string? ShortType =>
        Type is { } type && type.StartsWith(TypePrefix, StringComparison.Ordinal) ? type[TypePrefix.Length..] : null;

    /// <summary>The problem of an answer with an error status.</summary>
    public static AcmeException ExceptionOf(AcmeAnswer answer)
    {
        var isPassing = answer.Status >= 500;
        return answer.TryRead(AcmeJson.Default.Problem) is { } problem
            ? problem.ToException($"The CA refused {answer.Url.AbsolutePath}", answer.RetryAfter, isPassing)
            : new AcmeException($"{answer.Url} answered with status {answer.Status}, and not as a CA does.")
            {
                RetryAfter = answer.RetryAfter,
                IsPassing = isPassing,
            };
    }

    public AcmeException ToException(string what, TimeSpan? retryAfter = null, bool isPassing = false) =>
        new($"{what}: {Describe()}{Advise()}")
        {
            ProblemType = ShortType,
            RetryAfter = retryAfter,
            IsPassing = isPassing,
        };

    private string Describe()
    {
        var about = Identifier is { } named ? $"{Printable(named.Value)}: " : "";
        var below = string.Concat((Subproblems ?? []).Take(SubproblemsMax).Select(sub => $" [{sub.Describe()}]"));
        return $"{about}{Printable(Detail ?? "no detail")} ({Printable(ShortType ?? Type ?? "no type")}){below}";
    }

    private string Advise() =>
        ShortType switch
        {
            "caa" => ". A CAA record in the DNS forbids this CA: add one that names the CA.",
            "connection" => ". The CA could not reach this machine: the name must lead here, port 80 for HTTP-01, "
                + "port 443 for TLS-ALPN-01.",
            "dns" => ". The CA could not look up the name: check its A and AAAA records.",
            "externalAccountRequired" => ". Set the key id and the key of the external account that the CA shows.",
            "incorrectResponse" or "unauthorized" =>
                ". If this is about a name, another server answered the challenge: "
                    + "check where the name leads; if about the account, check its keys.",
            "rateLimited" => ". Wait as long as the CA asks; its staging directory is the place for trials.",
            "rejectedIdentifier" or "unsupportedIdentifier" => ". This CA issues no certificate for that name.",
            "tls" => ". The CA's TLS handshake with this machine failed: port 443 must lead to this listener.",
            "userActionRequired" =>
                $". Read {Printable(Instance ?? "the CA's terms")} and agree there or in the settings.",
            _ => "",
        };

    /// <summary>A stranger's text as it can stand in a line of the log.</summary>
    public static string Printable(string text) =>
        new([.. (text.Length <= TextMax ? text : text[..TextMax] + "…").Select(c => char.IsControl(c) ? ' ' : c)]);
}
