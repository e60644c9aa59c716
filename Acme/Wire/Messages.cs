using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScheduleZero.Acme.Wire;

/// <summary>The addresses of a CA (RFC 8555, 7.1.1).</summary>
internal sealed record AcmeDirectory
{
    public required Uri NewNonce { get; init; }
    public required Uri NewAccount { get; init; }
    public required Uri NewOrder { get; init; }

    /// <summary>Where the CA says when a certificate should be renewed (RFC 9773); null where it does not.</summary>
    public Uri? RenewalInfo { get; init; }

    public DirectoryFacts Meta { get; init; } = new();
}

internal sealed record DirectoryFacts
{
    /// <summary>The address of the terms; null for a CA without terms.</summary>
    public string? TermsOfService { get; init; }

    public bool ExternalAccountRequired { get; init; }
}

internal sealed record AccountRequest
{
    public bool? TermsOfServiceAgreed { get; init; }
    public bool? OnlyReturnExisting { get; init; }
    public IReadOnlyList<string>? Contact { get; init; }
    public JsonElement? ExternalAccountBinding { get; init; }
}

internal sealed record Account
{
    public required string Status { get; init; }
}

internal sealed record Identifier(string Type, string Value);

internal sealed record OrderRequest
{
    public required IReadOnlyList<Identifier> Identifiers { get; init; }

    /// <summary>The certificate that the new one takes the place of, as RFC 9773 names it; null for none.</summary>
    public string? Replaces { get; init; }
}

internal sealed record Order
{
    /// <summary>One of pending, ready, processing, valid, invalid.</summary>
    public required string Status { get; init; }

    public required IReadOnlyList<Uri> Authorizations { get; init; }
    public required Uri Finalize { get; init; }
    public Uri? Certificate { get; init; }
    public Problem? Error { get; init; }
}

internal sealed record FinalizeRequest(string Csr);

internal sealed record Authorization
{
    public required Identifier Identifier { get; init; }

    /// <summary>One of pending, valid, invalid, deactivated, expired, revoked.</summary>
    public required string Status { get; init; }

    public required IReadOnlyList<Challenge> Challenges { get; init; }
}

internal sealed record Challenge
{
    public required string Type { get; init; }
    public required Uri Url { get; init; }
    public required string Status { get; init; }

    /// <summary>Null for kinds of challenge that have none.</summary>
    public string? Token { get; init; }

    public Problem? Error { get; init; }
}

/// <summary>When a CA wants a certificate to be renewed (RFC 9773, 4.2).</summary>
internal sealed record RenewalInfo
{
    public required RenewalWindow SuggestedWindow { get; init; }

    [JsonPropertyName("explanationURL")]
    public string? ExplanationUrl { get; init; }
}

internal sealed record RenewalWindow(DateTimeOffset Start, DateTimeOffset End);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(AcmeDirectory))]
[JsonSerializable(typeof(AccountRequest))]
[JsonSerializable(typeof(Account))]
[JsonSerializable(typeof(OrderRequest))]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(FinalizeRequest))]
[JsonSerializable(typeof(Authorization))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(RenewalInfo))]
internal sealed partial class AcmeJson : JsonSerializerContext;
