using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;

namespace ScheduleZero.Dashboard.Access;

/// <summary>Counts a page when its circuit opens, and forgets it when the circuit is closed.</summary>
internal sealed class PageCircuit(AuthenticationStateProvider state, OpenPages pages) : CircuitHandler
{
    /// <summary>The page of this circuit; null before it has opened.</summary>
    public OpenPage? Page { get; private set; }

    public override async Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        var principal = (await state.GetAuthenticationStateAsync()).User;
        if (PageClaims.SessionOf(principal) is not { } session)
        {
            throw new InvalidOperationException("A page opened without a user session.");
        }

        var page = new OpenPage(session, PageClaims.NameOf(principal) ?? "");
        if (!pages.TryAdd(page))
        {
            throw new TooManyPagesException();
        }

        Page = page;
    }

    public override Task OnCircuitClosedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        if (Page is { } page)
        {
            pages.Remove(page);
        }

        return Task.CompletedTask;
    }
}

/// <summary>Thrown when a page opens beyond the bound; the request before it mostly said so already.</summary>
internal sealed class TooManyPagesException() : Exception("Too many pages are open.");
