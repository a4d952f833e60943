// Proves the model of tests/support/supervisor: `node tests/otp/main.ts [scenarios] [first seed]` runs scenarios
// under the real supervisor of Erlang/OTP and compares each step with the model. Needs erl and erlc on PATH.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { traceOf } from "../support/supervisor/model.ts"
import { otp } from "../support/supervisor/model-supervisor.ts"
import {
  describeScenario,
  type Scenario,
  type Spec,
  type Step,
  scenarioOf,
  type Tree
} from "../support/supervisor/scenario.ts"

const specTerm = ({ id, restart, significant, tree }: Spec): string =>
  `{${id},${restart},${significant},${tree === undefined ? "worker" : treeTerm(tree)}}`
const treeTerm = ({ strategy, restartsMax, periodMs, autoShutdown, children }: Tree): string =>
  `{#{strategy=>${strategy},intensity=>${restartsMax},period=>${periodMs / 1000},auto_shutdown=>${autoShutdown}},[${children.map(specTerm).join(",")}]}`
const stepTerm = (step: Step): string => {
  if (step.type === "end") return `{'end',${step.id},${step.how}}`
  if (step.type === "plan")
    return `{plan,${step.id},[${step.plans.map(({ outcome, held }) => `{${outcome},${held}}`).join(",")}]}`
  if (step.type === "request") return `{request,${step.to},${step.verb},${specTerm(step.spec)}}`
  return "release"
}
const scenarioTerm = (seed: number, { tree, steps }: Scenario): string =>
  `{${seed},${treeTerm(tree)},[${steps.map((step, at) => `{${at},${stepTerm(step)}}`).join(",")}]}.`

/** Both ends of a supervisor have the reason shutdown in OTP. */
const modelTrace = (scenario: Scenario) =>
  traceOf(scenario, otp).trace.map((entry) => entry.replace(/gaveUp$|shutDown$/, "over"))

const count = Number(process.argv[2] ?? 1000)
const first = Number(process.argv[3] ?? 1)
const seeds = Array.from({ length: count }, (_, at) => first + at)
const folder = mkdtempSync(join(tmpdir(), "tickd-otp-"))
try {
  const module = fileURLToPath(new URL("supervisor_scenarios.erl", import.meta.url))
  const compiled = spawnSync("erlc", ["-o", folder, module], { encoding: "utf8" })
  if (compiled.status !== 0) throw new Error(`erlc: ${compiled.error?.message ?? compiled.stdout}`)
  const file = join(folder, "scenarios.term")
  writeFileSync(file, seeds.map((seed) => scenarioTerm(seed, scenarioOf(seed, true))).join("\n"))
  const run = ["-noshell", "-pa", folder, "-eval", `supervisor_scenarios:main(["${file}"]), halt().`]
  const { stdout, stderr } = spawnSync("erl", run, { encoding: "utf8", maxBuffer: 1 << 30 })
  const traces = new Map<number, Array<string>>()
  for (const block of stdout.split(/^# /m).slice(1)) {
    const [seed = "", ...lines] = block.split("\n")
    traces.set(Number(seed), lines.slice(0, -1))
  }
  let steps = 0
  let differ = 0
  for (const seed of seeds) {
    const scenario = scenarioOf(seed, true)
    const model = modelTrace(scenario)
    const seen = traces.get(seed) ?? []
    steps += scenario.steps.length
    const at = model.findIndex((entry, index) => entry !== seen[index])
    if (at < 0) continue
    if (differ++ >= 5) continue
    console.log(`seed ${seed}, entry ${at}:\n  model ${model[at]}\n  OTP   ${seen[at]}`)
    console.log(
      describeScenario(scenario)
        .map((line, index) => `${index}. ${line}\n     ${seen[index] ?? "-"}`)
        .join("\n")
    )
  }
  console.log(`${count} scenarios, ${steps} steps: ${differ} differ from Erlang/OTP. ${stderr}`)
  process.exitCode = differ === 0 && stderr === "" ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
