using System.Buffers.Text;
using System.Net;
using System.Text;
using ScheduleZero.Acme.Challenges;
using ScheduleZero.Acme.Files;
using ScheduleZero.Acme.Wire;
using Authorization = ScheduleZero.Acme.Wire.Authorization;

namespace ScheduleZero.Acme.Orders;

/// <summary>One order for a certificate (RFC 8555, 7.4), from the request to the chain.</summary>
internal sealed class CertificateOrder(
    AcmeSession session,
    AcmeSettings settings,
    IChallengeResponses responses,
    TimeProvider time
)
{
    private const int TokenLengthMax = 512;

    private static readonly byte[] EmptyObject = "{}"u8.ToArray();

    private readonly Polling _polling = new(settings.OrderTimeout, time);

    /// <summary>Gets a certificate for the names of the settings.</summary>
    /// <param name="replaces">The old certificate, as RFC 9773 names it; null for none, or where the CA does not
    /// offer it.</param>
    /// <exception cref="AcmeException">The CA refuses, does not finish, or gives something else.</exception>
    public async Task<IssuedCertificate> IssueAsync(string? replaces, CancellationToken cancellationToken)
    {
        var (url, order) = await CreateAsync(replaces, cancellationToken);
        foreach (var authorization in order.Authorizations)
        {
            await AuthorizeAsync(authorization, cancellationToken);
        }

        var request = SigningRequest.For(settings.Names);
        var certificate = await FinalizeAsync(url, request, cancellationToken);
        var chain = await _polling.UntilAsync(
            "The certificate",
            async token => (await session.ReadAsync(certificate, token), (TimeSpan?)null),
            cancellationToken
        );
        return Check(Encoding.UTF8.GetString(chain.Body), request);
    }

    private async Task<(Uri Url, Order Order)> CreateAsync(string? replaces, CancellationToken cancellationToken)
    {
        var request = new OrderRequest { Identifiers = [.. settings.Names.Select(IdentifierOf)], Replaces = replaces };
        AcmeAnswer answer;
        try
        {
            answer = await SendAsync(request);
        }
        catch (AcmeException e) when (replaces != null && e.ProblemType == Problem.AlreadyReplaced)
        {
            // An order before this one had a certificate, which was lost.
            answer = await SendAsync(request with { Replaces = null });
        }

        var order = answer.Read(AcmeJson.Default.Order);
        return answer.Location is { } url
            ? (url, order)
            : throw new AcmeException($"{answer.Url} does not say where the new order is.");

        Task<AcmeAnswer> SendAsync(OrderRequest sent) =>
            session.PostAsync(session.Directory.NewOrder, sent, AcmeJson.Default.OrderRequest, cancellationToken);
    }

    private static Identifier IdentifierOf(string name) =>
        IPAddress.TryParse(name, out var address)
            ? new Identifier("ip", address.ToString())
            : new Identifier("dns", name.ToLowerInvariant());

    /// <summary>Proves that one name leads to this machine.</summary>
    private async Task AuthorizeAsync(Uri url, CancellationToken cancellationToken)
    {
        var authorization = await _polling.UntilAsync(
            "The authorization of a name",
            async token =>
                ((await session.ReadAsync(url, token)).Read(AcmeJson.Default.Authorization), (TimeSpan?)null),
            cancellationToken
        );
        if (authorization.Status == "valid")
        {
            return; // The CA remembers an earlier proof.
        }

        var name = authorization.Identifier.Value;
        if (!settings.Names.Select(IdentifierOf).Contains(authorization.Identifier))
        {
            throw new AcmeException($"The CA wants a proof for '{Problem.Printable(name)}', which was not asked for.");
        }

        var challenge = Choose(authorization);
        responses.Add(name, challenge.Token!, session.Key.AuthorizeToken(challenge.Token!));
        try
        {
            if (challenge.Status == "pending")
            {
                await session.PostAsync(challenge.Url, EmptyObject, cancellationToken);
            }

            await AwaitProofAsync(url, name, cancellationToken);
        }
        finally
        {
            responses.Remove(name, challenge.Token!);
        }
    }

    private Challenge Choose(Authorization authorization)
    {
        RequireProvable(authorization);
        var kinds = string.Join(", ", authorization.Challenges.Select(offered => Problem.Printable(offered.Type)));
        var challenge =
            authorization.Challenges.FirstOrDefault(offered => offered.Type == responses.Kind)
            ?? throw new AcmeException(
                $"The CA does not offer {responses.Kind} for {authorization.Identifier.Value}, but {kinds}."
            );
        // The token becomes a part of a path and of an answer: it is base64url, or it is not the CA's.
        return
            challenge.Token is { Length: > 0 and <= TokenLengthMax } token
            && token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? challenge
            : throw new AcmeException("The CA gives a token that is none.");
    }

    private async Task AwaitProofAsync(Uri url, string name, CancellationToken cancellationToken)
    {
        var proven = await _polling.UntilAsync(
            $"The CA's check of {name}",
            async token =>
            {
                var answer = await session.ReadAsync(url, token);
                var read = answer.Read(AcmeJson.Default.Authorization);
                return (read.Status == "pending" ? null : read, answer.RetryAfter);
            },
            cancellationToken
        );
        RequireProvable(proven);
    }

    private void RequireProvable(Authorization authorization)
    {
        if (authorization.Status is "pending" or "valid")
        {
            return;
        }

        var what = $"The CA's check of {authorization.Identifier.Value} by {responses.Kind} failed";
        throw authorization.Challenges.FirstOrDefault(tried => tried.Error != null)?.Error?.ToException(what)
            ?? new AcmeException($"{what}: its state is '{Problem.Printable(authorization.Status)}'.");
    }

    /// <summary>Asks for the certificate until the CA has made it; returns its address.</summary>
    private Task<Uri> FinalizeAsync(Uri url, SigningRequest request, CancellationToken cancellationToken) =>
        _polling.UntilAsync(
            "The certificate",
            async token =>
            {
                var answer = await session.ReadAsync(url, token);
                var order = answer.Read(AcmeJson.Default.Order);
                if (order.Status == "ready")
                {
                    // If the answer is lost, the next look at the order shows whether the CA has the request.
                    var csr = new FinalizeRequest(Base64Url.EncodeToString(request.Der));
                    answer = await session.PostAsync(order.Finalize, csr, AcmeJson.Default.FinalizeRequest, token);
                    order = answer.Read(AcmeJson.Default.Order);
                }

                return (CertificateOf(order), answer.RetryAfter);
            },
            cancellationToken
        );

    private static Uri? CertificateOf(Order order) =>
        order.Status switch
        {
            "valid" => order.Certificate ?? throw new AcmeException("The CA does not say where the certificate is."),
            "invalid" => throw order.Error?.ToException("The CA refused the order")
                ?? new AcmeException("The CA refused the order, and does not say why."),
            _ => null,
        };

    private IssuedCertificate Check(string chainPem, SigningRequest request)
    {
        var certificate =
            IssuedCertificate.TryRead(chainPem, request.KeyPem, out var fault)
            ?? throw new AcmeException($"What the CA gave {fault}.");
        if (!certificate.Covers(settings.Names))
        {
            throw new AcmeException($"The CA gave a certificate that is not for {string.Join(", ", settings.Names)}.");
        }

        return certificate.NotAfter > time.GetUtcNow()
            ? certificate
            : throw new AcmeException(
                $"The CA gave a certificate that ended at {certificate.NotAfter:u}: check this machine's clock."
            );
    }
}
