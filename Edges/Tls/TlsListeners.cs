using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScheduleZero.Acme;
using ScheduleZero.Acme.Challenges;

namespace ScheduleZero.Edges.Tls;

/// <summary>Opens the listeners of a server, with TLS for https.</summary>
internal static class TlsListeners
{
    /// <summary>
    /// Has Kestrel listen at URLs that were validated. The caller registers a <see cref="TimeProvider"/>, and what
    /// <see cref="EdgeServices.AddEdge"/> adds.
    /// </summary>
    /// <param name="told">Called after each attempt to get a certificate from a CA; null for nobody.</param>
    public static IServiceCollection AddListeners(
        this IServiceCollection services,
        IReadOnlyList<string> urls,
        TlsSettings tls,
        Action<CertificateAttempt>? told
    )
    {
        services.AddCertificates(tls, told ?? (static _ => { }));
        services.AddSingleton(provider => new TlsHandshakes(
            provider.GetRequiredService<CertificateChoice>(),
            tls.ClientAuthorityFile is { } file ? new ClientAuthority(file) : null,
            provider.GetService<AlpnChallengeResponses>(),
            provider.GetRequiredService<StrangerLines>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<TlsHandshakes>>()
        ));
        // The listeners are added last, since each takes over the bounds that are set by then.
        services
            .AddOptions<KestrelServerOptions>()
            .PostConfigure<IServiceProvider>(
                (kestrel, provider) =>
                {
                    foreach (var url in urls)
                    {
                        Listen(
                            kestrel,
                            url,
                            TlsSettings.IsHttps(url)
                                ? provider.GetRequiredService<TlsHandshakes>().AddTo
                                : static _ => { }
                        );
                    }

                    if (tls.RedirectUrl is { } redirect)
                    {
                        Listen(kestrel, redirect, static endpoint => endpoint.Use(HttpsRedirect.Mark));
                    }
                }
            );
        return services;
    }

    /// <summary>Adds the sources of certificates, in the order in which they are asked.</summary>
    private static void AddCertificates(
        this IServiceCollection services,
        TlsSettings tls,
        Action<CertificateAttempt> told
    )
    {
        if (tls.CertificateFiles.Count > 0)
        {
            services
                .AddSingleton(provider => new CertificateFiles(
                    tls.Files(),
                    provider.GetRequiredService<TimeProvider>(),
                    provider.GetRequiredService<ILogger<CertificateFiles>>()
                ))
                .AddSingleton<ICertificateSource>(static provider => provider.GetRequiredService<CertificateFiles>());
        }

        if (tls.Acme.IsOn)
        {
            services.AddAcme(tls.Acme, tls.Acme.KindOf(redirects: tls.RedirectUrl is not null), told);
        }

        services
            .AddSingleton<CertificateChoice>()
            .AddHostedService(static provider => ActivatorUtilities.CreateInstance<CertificateWatch>(provider));
    }

    private static void AddAcme(
        this IServiceCollection services,
        TlsAcmeSettings acme,
        ChallengeKind kind,
        Action<CertificateAttempt> told
    )
    {
        if (kind == ChallengeKind.Http01)
        {
            services
                .AddSingleton<HttpChallengeResponses>()
                .AddSingleton<IChallengeResponses>(static provider =>
                    provider.GetRequiredService<HttpChallengeResponses>()
                );
        }
        else
        {
            services
                .AddSingleton(_ => new AlpnChallengeResponses(acme.Time))
                .AddSingleton<IChallengeResponses>(static provider =>
                    provider.GetRequiredService<AlpnChallengeResponses>()
                );
        }

        services
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<AcmeCertificate>(provider, acme, told))
            .AddSingleton<ICertificateSource>(static provider => provider.GetRequiredService<AcmeCertificate>())
            .AddHostedService(static provider => provider.GetRequiredService<AcmeCertificate>());
    }

    /// <summary>
    /// Listens where Kestrel itself would for a URL: a name that is no address stands for all addresses.
    /// </summary>
    private static void Listen(KestrelServerOptions kestrel, string url, Action<ListenOptions> configure)
    {
        var address = BindingAddress.Parse(url);
        if (IPAddress.TryParse(address.Host, out var ip))
        {
            kestrel.Listen(ip, address.Port, configure);
        }
        else if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            kestrel.ListenLocalhost(address.Port, configure);
        }
        else
        {
            kestrel.ListenAnyIP(address.Port, configure);
        }
    }
}
