using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScheduleZero.Dashboard.Access;
using ScheduleZero.Dashboard.Assets;
using ScheduleZero.Dashboard.InProcess;
using ScheduleZero.Dashboard.Live;
using ScheduleZero.Dashboard.Pages.OneJob;
using ScheduleZero.Dashboard.Shell;
using ScheduleZero.Dashboard.SignIn;

namespace ScheduleZero.Dashboard;

/// <summary>Registers and serves the dashboard.</summary>
public static class DashboardServices
{
    /// <summary>How long a page that lost its connection is held for the browser to come back.</summary>
    private static readonly TimeSpan DisconnectedRetention = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Adds the dashboard. The host itself registers <see cref="IUserSessions"/>, Data Protection and a
    /// <see cref="TimeProvider"/>.
    /// </summary>
    public static IServiceCollection AddDashboard(this IServiceCollection services, DashboardOptions options)
    {
        services
            .AddRazorComponents()
            .AddInteractiveServerComponents(circuits =>
            {
                circuits.DisconnectedCircuitMaxRetained = options.OpenPagesMax;
                circuits.DisconnectedCircuitRetentionPeriod = DisconnectedRetention;
                circuits.JSInteropDefaultCallTimeout = TimeSpan.FromSeconds(20);
            })
            .AddHubOptions(hub => hub.MaximumReceiveMessageSize = 32 * 1024);
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = "schedulezero-form";
            antiforgery.Cookie.HttpOnly = true;
            antiforgery.Cookie.SameSite = SameSiteMode.Strict;
            antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            antiforgery.SuppressXFrameOptionsHeader = true;
        });
        return services
            .AddSingleton(options)
            .AddSingleton<BrokerPipeline>()
            .AddSingleton<BrokerClients>()
            .AddSingleton<SessionCookie>()
            .AddSingleton<OpenPages>()
            .AddHostedService(static provider => provider.GetRequiredService<OpenPages>())
            .AddSingleton<PageGate>()
            .AddSingleton<AccountForms>()
            .AddSingleton<AuditExport>()
            .AddSingleton<Verifications>()
            .AddSingleton<JobDownloads>()
            .AddScoped<PageCircuit>()
            .AddScoped<CircuitHandler>(static provider => provider.GetRequiredService<PageCircuit>())
            .AddSingleton<EventFeeds>()
            .AddScoped<PageSession>()
            .AddScoped<Toasts>();
    }

    /// <summary>
    /// Serves the dashboard below <c>/ui</c>, and hands all other requests on. What follows this step is also what
    /// pages call when they ask REST. The step does nothing when <see cref="AddDashboard"/> was not called.
    /// </summary>
    public static void UseDashboard(this IApplicationBuilder app)
    {
        var services = app.ApplicationServices;
        if (services.GetService<BrokerPipeline>() is not { } broker)
        {
            return;
        }

        var pages = BuildPages(services);
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger("ScheduleZero.Dashboard");
        app.Use(rest =>
        {
            broker.Open(rest);
            return http =>
                http.Request.Path.StartsWithSegments(DashboardPaths.Root, out var inside)
                    ? ServePageAsync(http, inside, pages, log)
                : http.Request.Path == "/" && HttpMethods.IsGet(http.Request.Method) ? GoToPages(http)
                : rest(http);
        });
    }

    private static RequestDelegate BuildPages(IServiceProvider services)
    {
        // A builder of its own: the routes of pages and those of REST do not know each other.
        var app = new ApplicationBuilder(services);
        var gate = services.GetRequiredService<PageGate>();
        app.Use(next => http => gate.PassAsync(http, next));
        app.UseRouting();
        app.Use(next => http => next(WithStatus(http)));
        app.UseAntiforgery();
        app.UseEndpoints(routes =>
        {
            services.GetRequiredService<AccountForms>().Map(routes);
            services.GetRequiredService<AuditExport>().Map(routes);
            services.GetRequiredService<JobDownloads>().Map(routes);
            routes
                .MapRazorComponents<App>()
                .AddInteractiveServerRenderMode(static mode =>
                {
                    mode.ContentSecurityFrameAncestorsPolicy = null;
                    mode.DisableWebSocketCompression = true;
                });
        });
        return app.Build();
    }

    // The page for unknown addresses is a page like others, which live on after their first answer.
    private static HttpContext WithStatus(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type == typeof(NotFoundPage))
        {
            // Set at the end: a page whose answer is 404 from the beginning is not rendered.
            http.Response.OnStarting(() =>
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
        }

        return http;
    }

    private static async Task ServePageAsync(HttpContext http, PathString inside, RequestDelegate pages, ILogger log)
    {
        var (path, pathBase) = (http.Request.Path, http.Request.PathBase);
        if (!inside.HasValue)
        {
            // The base of a page's links ends with a slash.
            await GoToPages(http);
            return;
        }

        http.Request.Path = inside;
        http.Request.PathBase = pathBase + DashboardPaths.Root;
        try
        {
            await ServeAsync(http, inside, pages);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // The browser has gone, so there is nobody to answer.
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            log.PageFailed(e, http.Request.Path);
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
        finally
        {
            (http.Request.Path, http.Request.PathBase) = (path, pathBase);
        }
    }

    private static Task ServeAsync(HttpContext http, PathString inside, RequestDelegate pages) =>
        inside == DashboardPaths.Alive ? AnswerAlive(http)
        : inside.StartsWithSegments(DashboardPaths.Assets) ? DashboardAssets.ServeAsync(http)
        : pages(http);

    private static Task AnswerAlive(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static Task GoToPages(HttpContext http)
    {
        http.Response.Redirect($"{http.Request.PathBase}{DashboardPaths.Root}/{http.Request.QueryString}");
        return Task.CompletedTask;
    }
}
