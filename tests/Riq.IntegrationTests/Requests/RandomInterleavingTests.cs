using FsCheck;
using FsCheck.Fluent;
using Riq.IntegrationTests.Cluster;

namespace Riq.IntegrationTests.Requests;

/// <summary>Any order of deliveries, outcomes, deaths, cancellations and retries, against the real machine, stores and Postgres.</summary>
public sealed class RandomInterleavingTests
{
    const int Programs = 60;
    const int MostRounds = 5;
    const int LongestProgram = 60;

    // Work is more frequent than trouble, so that requests get far enough to be troubled.
    static readonly (int Weight, Step.Kind Action)[] Weights =
    [
        (3, Step.Kind.Relay), (8, Step.Kind.Deliver), (3, Step.Kind.DeliverTwiceAtOnce), (1, Step.Kind.LoseMessage), (1, Step.Kind.SendAgain), (6, Step.Kind.Finish),
        (2, Step.Kind.FinishTwiceAtOnce), (2, Step.Kind.RepeatClaim), (2, Step.Kind.LoseLease), (2, Step.Kind.FinishWhileLeaseEnds), (1, Step.Kind.Cancel),
        (1, Step.Kind.CancelWhileDelivered), (2, Step.Kind.HandBack), (3, Step.Kind.Retry), (3, Step.Kind.TimePasses), (1, Step.Kind.Expire),
    ];

    [Fact]
    public async Task No_interleaving_loses_a_request_doubles_an_effect_or_leaves_the_table_of_transitions()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("SweepInterval", "01:00:00").With("LeaseMargin", "01:00:00");   // sweeps happen when the test says so
        riq.RabbitMq.Cut();
        await riq.StartApi();
        var worker = (await riq.StartWorker()).Services;
        string[] painful = ["lease_lost dead", "lease_lost queued", "retry_requested queued", "cancelled failed", "handed_back queued"];
        List<string> seen = [];
        // Chance may leave one of the painful ones out; then there are more programmes, up to a limit.
        for (var round = 0; round < MostRounds && !painful.All(seen.Contains); round++)
        {
            await Task.Run(() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(Programs).WithStartSize(20).WithEndSize(LongestProgram),
                Prop.ForAll(Programme(), steps => Run(riq, worker, steps).GetAwaiter().GetResult())));
            seen = await riq.Database.List("select event || ' ' || status from request_events union select event || ' ' || status from request_attempts", r => r.GetString(0));
        }

        // Nothing happened that has no name here, and the programmes went where it hurts.
        Assert.Empty(seen.Except(
        [
            "accepted queued", "attempt_failed queued", "cancelled failed", "expired failed", "failed failed", "handed_back queued", "lease_lost dead", "lease_lost queued",
            "outcome_unknown dead", "rate_limited queued", "retries_exhausted dead", "retry_requested queued", "started processing", "succeeded completed",
        ]));
        foreach (var one in painful) Assert.Contains(one, seen);
    }

    static async Task Run(RiqCluster riq, IServiceProvider worker, Step[] steps)
    {
        var model = await EngineModel.Begin(riq, worker);
        foreach (var step in steps) await model.Take(step);
        await model.End();
    }

    static Arbitrary<Step[]> Programme()
    {
        var number = Gen.Choose(0, 255).Select(n => (byte)n);
        var step = from action in Gen.Frequency(Weights.Select(w => (w.Weight, Gen.Constant(w.Action))))
                   from which in number
                   from what in number
                   select new Step(action, which, what);
        // The shortest programme that fails is what a person wants to see.
        return Arb.From(Gen.ArrayOf(step), steps => from i in Enumerable.Range(0, steps.Length) select steps.Where((_, at) => at != i).ToArray());
    }
}
