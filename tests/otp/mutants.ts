// Proves that the supervisor's model test finds faults: `node tests/otp/mutants.ts` puts one fault at a time into a
// copy of the sources and runs the test there, which must fail. It prints the table of docs/SUPERVISION.md.
import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const supervisor = "actors/runtime/supervisor.ts"
const control = "actors/runtime/supervisor-control.ts"
const children = "actors/runtime/supervisor-children.ts"
const intensity = "actors/runtime/restart-intensity.ts"

const mutants: ReadonlyArray<readonly [name: string, file: string, is: string, becomes: string]> = [
  ["one restart too many", intensity, "recent.length <= limit", "recent.length - 1 <= limit"],
  ["a restart exactly `periodMs` old does not count", intensity, "nowMs <= restartMs +", "nowMs < restartMs +"],
  ["children stop in start order", children, "list.toReversed()", "[...list]"],
  ["a transient child restarts after a normal end", supervisor, ` && end.how !== "normal")`, ")"],
  ["rest_for_one leaves siblings behind", supervisor, "children.slice(children.indexOf(child))", "[child]"],
  [
    "a temporary sibling comes back",
    supervisor,
    "!isTemporary(child) || child.generation === 0",
    "child.generation >= 0"
  ],
  [
    "all_significant ends with the first",
    supervisor,
    `(autoShutdown === "any_significant")`,
    "(autoShutdown.length > 0)"
  ],
  ["O4: a sibling that waits is not active", supervisor, `state !== "down"`, `state === "running"`],
  [
    "O1: a temporary child without a task is kept",
    supervisor,
    "if (isTemporary(child)) remove(child)\n    return",
    "return"
  ],
  [
    "O3: the pause takes no sibling along",
    supervisor,
    "takeAlong(message.child), startGroup",
    "takeAlong(message.child), () => startGroup([message.child])"
  ],
  ["55: siblings stay down after a terminate", supervisor, "&& !taken.has(child)", "&& taken.has(child)"],
  ["55: siblings do not wait for the other restart", supervisor, " && !taken.has(child)", ""],
  ["O5: a sibling that waits is refused", control, ` || child.state === "waiting"`, ""],
  [
    "delete_child in the pause before a restart",
    control,
    `child.state === "down" || child.state === "waiting"`,
    `child.state !== "running"`
  ],
  [
    "terminate_child keeps a temporary child",
    control,
    `=== "temporary") handler.remove`,
    `=== "permanent") handler.remove`
  ],
  [
    "start_child keeps a child that failed",
    control,
    `handler.remove(child)\n        return refuse("CHILD_NOT_STARTED"`,
    `return refuse("CHILD_NOT_STARTED"`
  ],
  [
    "the report of a previous run counts",
    supervisor,
    "child.generation === generation\n",
    "child.generation >= generation\n"
  ],
  [
    "a failed restart is not tried again",
    supervisor,
    "if (end !== undefined) return tryAgain(child, end)",
    "if (end !== undefined) return"
  ],
  ["those behind a failed restart do not wait", supervisor, "    wait(group)\n    for", "    for"]
]

const root = fileURLToPath(new URL("../..", import.meta.url))
const test = "tests/simulation/supervisor-model.test.ts"
let survivors = 0
for (const [name, file, is, becomes] of mutants) {
  const folder = mkdtempSync(join(tmpdir(), "tickd-supervisor-mutant-"))
  try {
    for (const part of ["actors", "machines", "src", "tests/support", "tests/vitest.config.ts", test, "package.json"])
      cpSync(join(root, part), join(folder, part), { recursive: true })
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
    const source = readFileSync(join(folder, file), "utf8")
    if (source.split(is).length !== 2) throw new Error(`${name}: its line is not once in ${file}`)
    writeFileSync(
      join(folder, file),
      source.replace(is, () => becomes)
    )
    const run = ["node_modules/vitest/vitest.mjs", "run", "--config", "tests/vitest.config.ts", test]
    const { stdout, stderr } = spawnSync(process.execPath, run, { cwd: folder, encoding: "utf8", timeout: 300_000 })
    const seed = /seed (\d+), smallest/.exec(stdout + stderr)?.[1]
    if (seed === undefined) survivors++
    console.log(`| ${name} | ${seed ?? "NOT FOUND"} |`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
process.exitCode = survivors === 0 ? 0 : 1
