// `npm run faults [-- --json] [--fault NAME] [--policy NAME]`: runs each fault of a real server under load with each
// policy of the line, and counts every tick. Without a choice it writes docs/reference/faults.md.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { projectRoot } from "../support/nats-server.ts"
import { faultKinds } from "./fault-kinds.ts"
import { isSound, killRowOf, pageOf, rowOf } from "./fault-page.ts"
import { policies } from "./policies.ts"
import { type FaultRun, runFault } from "./run-fault.ts"
import { daemonKilled, isSoundKill, runKill } from "./run-kill.ts"

const { values } = parseArgs({
  options: { json: { type: "boolean" }, fault: { type: "string" }, policy: { type: "string" } }
})
const chosen = {
  faults: faultKinds.filter(({ name }) => values.fault === undefined || name === values.fault),
  policies: policies.filter(({ name }) => values.policy === undefined || name === values.policy)
}
// It tests the spool only.
const kills =
  (values.fault === undefined || values.fault === daemonKilled.name) &&
  chosen.policies.some(({ name }) => name === "spool")
if ((chosen.faults.length === 0 && !kills) || chosen.policies.length === 0) {
  const names = (items: ReadonlyArray<{ readonly name: string }>) => items.map(({ name }) => `"${name}"`).join(", ")
  process.stderr.write(
    `faults: choose of the faults ${names([...faultKinds, daemonKilled])} and the policies ${names(policies)}.\n`
  )
  process.exit(64)
}

const runs: Array<FaultRun> = []
for (const policy of chosen.policies) {
  for (const fault of chosen.faults) {
    const run = await runFault(fault, policy)
    runs.push(run)
    process.stderr.write(`${rowOf(run)}\n`)
  }
}
const kill = kills ? await runKill() : undefined
if (kill !== undefined) process.stderr.write(`${killRowOf(kill)}\n`)
const sound = runs.every(isSound) && (kill === undefined || isSoundKill(kill))
const whole = values.fault === undefined && values.policy === undefined
const page = pageOf(runs, kill, new Date())
if (whole) writeFileSync(join(projectRoot, "docs", "reference", "faults.md"), page)
process.stdout.write(values.json === true ? `${JSON.stringify({ runs, kill: kill ?? null, sound })}\n` : page)
process.exit(sound ? 0 : 1)
