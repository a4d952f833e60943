// The supervisor keeps a session running at three in the morning. It must follow its page in every sequence of
// events, so seeded scenarios are compared step by step with a model of Erlang/OTP's supervisor.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Scheduler, type Scope } from "effect"
import { traceOf } from "../support/supervisor/model.ts"
import { tickd } from "../support/supervisor/model-supervisor.ts"
import { runScenario } from "../support/supervisor/run-scenario.ts"
import { describeScenario, type Scenario, scenarioOf, shrink } from "../support/supervisor/scenario.ts"

const scenarios = 4000

/** Undefined when supervisor and model agree; else the first entries that differ. */
const differenceOf = (scenario: Scenario) =>
  Effect.gen(function* () {
    const model = traceOf(scenario, tickd)
    const seen = yield* runScenario(scenario, model.steps)
    const at = model.trace.findIndex((entry, index) => entry !== seen[index])
    return at < 0 ? undefined : { at, says: model.trace[at], seen: seen[at], trace: seen }
  })

const reportOf = (seed: number, scenario: Scenario): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const context = yield* Effect.context<Scope.Scope>()
    const run = Effect.runPromiseWith(context)
    const smallest = yield* Effect.promise(() =>
      shrink(scenario, async (smaller) => (await run(differenceOf(smaller))) !== undefined)
    )
    const difference = yield* differenceOf(smallest)
    const lines = describeScenario(smallest).map((line, at) => `${at}. ${line}\n     ${difference?.trace[at] ?? "-"}`)
    return [
      `seed ${seed}, smallest scenario with what was seen:`,
      ...lines,
      `entry ${difference?.at}:`,
      `  model ${difference?.says}`,
      `  seen  ${difference?.seen}`
    ].join("\n")
  })

describe("the supervisor and the model of OTP's", () => {
  it.effect(
    `agree in ${scenarios} scenarios`,
    () =>
      Effect.gen(function* () {
        let steps = 0
        for (let seed = 1; seed <= scenarios; seed++) {
          const scenario = scenarioOf(seed)
          const difference = yield* differenceOf(scenario)
          if (difference !== undefined) assert.fail(yield* reportOf(seed, scenario))
          steps += scenario.steps.length
        }
        assert.isAbove(steps, scenarios * 10)
      }).pipe(Effect.provideService(Scheduler.Scheduler, new Scheduler.MixedScheduler("sync"))),
    60_000
  )
})
