// A script reads stdout: hints, colours and progress that leak into a pipe break it on the day it matters.
import { assert, it } from "@effect/vitest"
import { Console, Effect } from "effect"
import { TestClock } from "effect/testing"
import { present, untilStopped } from "../../../src/cli/invocation.ts"
import { waiting } from "../../../src/cli/terminal/progress.ts"
import { noTerminal, type Screen } from "../../../src/cli/terminal/screen.ts"
import { invocation } from "../../support/invocation.ts"

const terminal: Screen = { isTerminal: true, hasErrorTerminal: true, isColoured: false, columns: 20 }

const printed = (json: boolean, screen: Screen) =>
  Effect.gen(function* () {
    const out: Array<string> = []
    const err: Array<string> = []
    const log = {
      ...console,
      log: (text: string) => void out.push(text),
      error: (text: string) => void err.push(text)
    } as Console.Console
    yield* present(
      json,
      { ticks: 2 },
      ({ ticks }) => `received ${ticks} ticks in all`,
      () => "tickd tree"
    ).pipe(Effect.provideService(Console.Console, log), Effect.provide(invocation({}, { screen })))
    return { out, err }
  })

it.effect("prints the hint on a terminal only, never beside JSON", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* printed(false, terminal), {
      out: ["received 2 ticks in\n  all"],
      err: ["next: tickd tree"]
    })
    assert.deepStrictEqual(yield* printed(true, terminal), { out: ['{"ticks":2}'], err: [] })
    assert.deepStrictEqual(yield* printed(false, noTerminal), { out: ["received 2 ticks in all"], err: [] })
    // stdout goes to a pipe, stderr to the terminal
    assert.deepStrictEqual((yield* printed(false, { ...terminal, isTerminal: false })).err, [])
  })
)

it.effect("says what it waits for after two seconds, and removes the line", () =>
  Effect.gen(function* () {
    const written: Array<string> = []
    const write = process.stderr.write
    process.stderr.write = ((text: string) => written.push(text) > 0) as never
    const done = yield* Effect.forkChild(
      waiting("waiting for the switch", Effect.sleep(3500)).pipe(
        Effect.provide(invocation({}, { screen: { ...terminal, columns: 80 } }))
      )
    )
    yield* TestClock.adjust(1900)
    const early = [...written]
    yield* TestClock.adjust(2000)
    process.stderr.write = write
    assert.deepStrictEqual(early, [])
    const line = "\r\u001b[K"
    const shown = [`${line}waiting for the switch: 2 s`, `${line}waiting for the switch: 3 s`, line]
    assert.deepStrictEqual(written, shown)
    assert.isDefined(done.pollUnsafe())
  })
)

it.effect("ends when the process is asked to stop", () =>
  Effect.provide(untilStopped(Effect.never), invocation({}, { stopRequested: Effect.void }))
)
