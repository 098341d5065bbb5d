using Riq.Simulator.Clock;
using Riq.Simulator.Confluence;
using Riq.Simulator.Exchange;
using Riq.Simulator.Faults;
using Riq.Simulator.Jira;
using Riq.Simulator.Ledger;
using Riq.Simulator.Limits;
using Riq.Simulator.Settings;
using Riq.Simulator.Tokens;

namespace Riq.Simulator.Control;

/// <summary>The whole site's state: seeded at the start, and again after a reset. Settings and the clock stay as they are.</summary>
sealed class SiteState(JiraStore issues, ConfluenceStore pages, JiraSite jira, ConfluenceSite confluence, CallLedger ledger, Effects effects, FaultRules faults, RateLimits limits,
    RetryAfterWatch watch, TokenService tokens, RouteTable routes, Chance chance, LiveSettings settings)
{
    public void Seed()
    {
        jira.Seed();
        confluence.Seed();
    }

    public void Reset()
    {
        chance.Restart(settings.Current.Seed);
        issues.Clear();
        pages.Clear();
        faults.Remove(null);
        limits.Reset();
        watch.Reset();
        tokens.Reset();
        foreach (var route in routes.All)
        {
            route.Burst.Reset();
            route.Peak.Reset();
        }
        effects.Reset();
        ledger.Reset();
        Seed();
    }
}
