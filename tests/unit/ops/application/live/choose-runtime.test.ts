// A stack that is started under a second runtime has two daemons for one stream.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { chooseRuntime, type RuntimeProbes } from "../../../../../src/ops/application/live/choose-runtime.ts"
import type { RuntimeName } from "../../../../../src/ops/domain/runtime-words.ts"

interface Machine {
  readonly flag?: RuntimeName
  readonly variable?: RuntimeName
  readonly processes?: string
  readonly engine?: { readonly containers: number; readonly isConfigured: boolean }
  readonly systemd?: { readonly isInstalled: boolean }
}

const chosenOn = ({ engine, flag, processes, systemd, variable }: Machine) => {
  const asked: Array<string> = []
  const probe = <A>(name: string, answer: A) =>
    Effect.sync(() => {
      asked.push(name)
      return answer
    })
  const probes: RuntimeProbes = {
    processes: probe("processes", processes),
    compose: probe("compose", { answers: engine !== undefined, containers: 0, isConfigured: false, ...engine }),
    systemd: probe("systemd", {
      isBooted: systemd !== undefined,
      unit: "tickd.service",
      isInstalled: systemd?.isInstalled ?? false
    })
  }
  return Effect.map(chooseRuntime({ flag, variable }, probes), ({ runtime, why }) => ({ runtime, why, asked }))
}

const everything: Machine = {
  variable: "compose",
  processes: "tickd (pid 12)",
  engine: { containers: 2, isConfigured: true },
  systemd: { isInstalled: true }
}

it.effect.each<readonly [string, Machine, RuntimeName, RegExp]>([
  ["the flag before all", { ...everything, flag: "systemd" }, "systemd", /^--runtime names it$/],
  ["the variable before the machine", everything, "compose", /^TICKD_RUNTIME names it$/],
  [
    "what runs as processes before an engine",
    { processes: "tickd (pid 12)", engine: { containers: 2, isConfigured: true } },
    "process",
    /has started tickd \(pid 12\)$/
  ],
  [
    "containers before units",
    { engine: { containers: 2, isConfigured: false }, systemd: { isInstalled: true } },
    "compose",
    /^the project has containers$/
  ],
  [
    "a configured project without containers",
    { engine: { containers: 0, isConfigured: true }, systemd: { isInstalled: true } },
    "compose",
    /TICKD_COMPOSE_/
  ],
  [
    "units where the engine is for something else",
    { engine: { containers: 0, isConfigured: false }, systemd: { isInstalled: true } },
    "systemd",
    /^tickd\.service is installed$/
  ],
  ["processes without the unit", { systemd: { isInstalled: false } }, "process", /tickd\.service is not installed$/],
  [
    "processes on a bare machine",
    {},
    "process",
    /^no container engine answers, and the machine was not booted with systemd$/
  ]
])("chooses %s", ([, machine, runtime, why]) =>
  Effect.gen(function* () {
    const chosen = yield* chosenOn(machine)
    assert.strictEqual(chosen.runtime, runtime)
    assert.match(chosen.why, why)
  })
)

it.effect("asks the machine nothing that cannot change the choice: a failover is in a hurry", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual((yield* chosenOn({ flag: "process" })).asked, [])
    assert.deepStrictEqual((yield* chosenOn({ processes: "tickd (pid 12)" })).asked, ["processes"])
    assert.deepStrictEqual((yield* chosenOn({ engine: { containers: 1, isConfigured: false } })).asked, [
      "processes",
      "compose"
    ])
  })
)
