using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ScheduleZero.Edges.Tls;

/// <summary>Opens the listeners of a server, with TLS for https.</summary>
internal static class TlsListeners
{
    /// <summary>
    /// Has Kestrel listen at URLs that were validated. The caller registers a <see cref="TimeProvider"/>.
    /// </summary>
    public static IServiceCollection AddListeners(
        this IServiceCollection services,
        IReadOnlyList<string> urls,
        TlsSettings tls
    )
    {
        services.AddSingleton<ICertificateSource>(provider => new CertificateFiles(
            tls.Files(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<CertificateFiles>>()
        ));
        services.AddSingleton(provider => new TlsHandshakes(
            provider.GetRequiredService<ICertificateSource>(),
            tls.ClientAuthorityFile is { } file ? new ClientAuthority(file) : null
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
                                ? endpoint => Encrypt(endpoint, provider.GetRequiredService<TlsHandshakes>())
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

    private static void Encrypt(ListenOptions endpoint, TlsHandshakes handshakes)
    {
        endpoint.Protocols = HttpProtocols.Http1AndHttp2;
        endpoint.UseHttps(handshakes.Callback);
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
