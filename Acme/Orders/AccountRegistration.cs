using System.Text.Json;
using ScheduleZero.Acme.Wire;

namespace ScheduleZero.Acme.Orders;

/// <summary>Finds the account of a key at the CA, or creates it (RFC 8555, 7.3).</summary>
internal static class AccountRegistration
{
    /// <summary>Lets the session speak for the account.</summary>
    /// <returns>Whether the account was created.</returns>
    /// <exception cref="AcmeException">The CA refuses, or the settings lack what it asks for.</exception>
    public static async Task<bool> EnterAsync(
        AcmeSession session,
        AcmeSettings settings,
        CancellationToken cancellationToken
    )
    {
        // Asked first: an account that exists needs neither the terms nor the external account again.
        var isNew = false;
        AcmeAnswer answer;
        try
        {
            answer = await SendAsync(session, new AccountRequest { OnlyReturnExisting = true }, cancellationToken);
        }
        catch (AcmeException e) when (e.ProblemType == Problem.NoSuchAccount)
        {
            answer = await SendAsync(session, RequestOf(session, settings), cancellationToken);
            isNew = true;
        }

        var account = answer.Read(AcmeJson.Default.Account);
        if (account.Status != "valid" || answer.Location is null)
        {
            throw new AcmeException(
                $"The CA says that the account is '{Problem.Printable(account.Status)}': "
                    + "delete the account's key for a new account."
            );
        }

        session.Account = answer.Location;
        return isNew;
    }

    private static Task<AcmeAnswer> SendAsync(
        AcmeSession session,
        AccountRequest request,
        CancellationToken cancellationToken
    ) => session.PostAsync(session.Directory.NewAccount, request, AcmeJson.Default.AccountRequest, cancellationToken);

    private static AccountRequest RequestOf(AcmeSession session, AcmeSettings settings)
    {
        var facts = session.Directory.Meta;
        if (facts.TermsOfService is { } terms && !settings.AgreesToTerms)
        {
            throw new AcmeException(
                "The CA creates no account before its terms are agreed to (--acme-agree-terms): "
                    + Problem.Printable(terms)
            );
        }

        if (facts.ExternalAccountRequired && settings.ExternalAccount is null)
        {
            throw new AcmeException(
                "The CA asks for an external account: set the key id and the key that it shows (--acme-eab-key-id, "
                    + "--acme-eab-key-file)."
            );
        }

        return new AccountRequest
        {
            TermsOfServiceAgreed = settings.AgreesToTerms ? true : null,
            Contact = settings.Contacts.Count > 0 ? settings.Contacts : null,
            ExternalAccountBinding = settings.ExternalAccount is { } external
                ? JsonElement.Parse(Jws.Bind(external, session.Key, session.Directory.NewAccount))
                : null,
        };
    }
}
