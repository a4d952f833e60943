// A command without a performer would be ignored silently: the compiler refuses an actor that lacks one.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Performers } from "../../../../actors/runtime/machine-actor.ts"
import type { CommandOf } from "../../../../machines/command.ts"
import type { daemonMachine } from "../../../../machines/daemon-machine.ts"

const report = () => Effect.void

describe("performers", () => {
  it("are demanded for every command of a machine, and for nothing else", () => {
    const whole: Performers<typeof daemonMachine> = { reportReady: report, reportDegraded: report }
    // @ts-expect-error -- reportDegraded is missing
    const forgotten: Performers<typeof daemonMachine> = { reportReady: report }
    // @ts-expect-error -- the machine notes its reasons itself
    const tooMany: Performers<typeof daemonMachine> = { ...whole, noteReasons: report }
    const commands: Record<CommandOf<typeof daemonMachine>, true> = { reportReady: true, reportDegraded: true }
    assert.deepStrictEqual(Object.keys(whole), Object.keys(commands))
    assert.deepStrictEqual(Object.keys(forgotten), ["reportReady"])
    assert.isDefined(tooMany)
  })
})
