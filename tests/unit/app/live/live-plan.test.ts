// An operator reads the plan before the evening session: it must be that of the flags, and a wrong flag must not pass.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Console, Effect, Exit, Layer } from "effect"
import { Command } from "effect/cli"
import { command } from "../../../../src/app/live/live.ts"
import { usageLayer } from "../../../../src/cli/terminal/usage.ts"
import { UserError } from "../../../../src/platform/process/user-error.ts"
import { invocation, noShutdown } from "../../../support/invocation.ts"

const printed = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const log = { ...console, log: (text: string) => void lines.push(text) } as Console.Console
    yield* Command.runWith(command, { version: "0" })(["plan", ...args]).pipe(
      Effect.provideService(Console.Console, log),
      Effect.provide(Layer.mergeAll(NodeServices.layer, usageLayer(80), invocation({}), noShutdown))
    )
    return lines.join("\n")
  })

it.effect("prints stages with deadlines, exit codes and proofs", () =>
  Effect.gen(function* () {
    const text = yield* printed("--restart", "--window", "night")
    assert.match(text, /^restart: night session 21:00 to 02:30, profile live, feed primary afterwards$/m)
    assert.match(text, /^handOver +45 s +3 +2, 21 +yes +The new daemon is ready/m)
    assert.match(text, /^RESTART=OK gap_ms=<N> +A restart is done/m)
    assert.notMatch(text, /^(?:nats|stopNats) /m)
  })
)

it.effect("prints the same as one JSON object", () =>
  Effect.gen(function* () {
    const reply = JSON.parse(yield* printed("--failover", "--json", "--mock")) as {
      readonly request: { readonly config: string; readonly mock: boolean }
      readonly stages: ReadonlyArray<{ readonly stage: string; readonly exit_codes: ReadonlyArray<number> }>
    }
    assert.include(reply.request, { config: "backup", mock: true })
    assert.deepInclude(
      reply.stages.map(({ exit_codes, stage }) => ({ exit_codes, stage })),
      { stage: "switchFeed", exit_codes: [23] }
    )
  })
)

it.effect("refuses what the runbook does not know, with its code", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(printed("--window", "afternoon", "--stop", "--drill"))
    assert.instanceOf(error, UserError)
    assert.include(error, { code: "LIVE_FLAGS_REFUSED", exitCode: 1 })
    assert.match(String((error as UserError).message), /--window afternoon.*--stop and --drill exclude each other/)
    assert.isTrue(Exit.isFailure(yield* Effect.exit(printed("--force"))))
  })
)

it.effect("leaves out what the env file does not have the runbooks manage", () =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-plan-"))),
      (made) => Effect.sync(() => rmSync(made, { recursive: true }))
    )
    const file = join(folder, "day.env")
    writeFileSync(file, "MANAGE_MONITORING=0\n")
    assert.match(yield* printed(), /^monitoring /m)
    assert.notMatch(yield* printed("--env-file", file), /^monitoring /m)
    const error = yield* Effect.flip(printed("--env-file", join(folder, "none.env")))
    assert.include(error, { code: "ENV_FILE_NOT_FOUND", exitCode: 1 })
  })
)
