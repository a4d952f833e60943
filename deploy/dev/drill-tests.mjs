// usage: node deploy/dev/drill-tests.mjs [ARGUMENT of vitest…]
// Runs every test file of the failover drill and prints `N passed`, as the test command of the runbook did.
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))
const runner = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url))
// A pattern of vitest is a part of a file's path.
const files = ["drill", "stream-evidence"]
const settings = "--config tests/vitest.config.ts --project unit --project integration"
const report = "--reporter default --reporter json --outputFile .build/drill-tests.json"
const args = ["run", ...`${settings} ${report}`.split(" "), ...files, ...process.argv.slice(2)]
const child = spawn(process.execPath, [runner, ...args], { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
child.on("exit", async (code) => {
  const { readFile } = await import("node:fs/promises")
  const text = await readFile(`${root}/.build/drill-tests.json`, "utf8").catch(() => "{}")
  const { numFailedTests = 0, numPassedTests = 0 } = JSON.parse(text)
  process.stdout.write(`${numPassedTests} passed${numFailedTests === 0 ? "" : `, ${numFailedTests} failed`}\n`)
  process.exitCode = code ?? 1
})
