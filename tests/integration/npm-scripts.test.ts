// An npm script must become the program that it starts: npm passes a signal to its shell only, and a shell in between
// dies of it and leaves a daemon, its server and its worker behind.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { endCommands, eventually, isRunning, startCommand } from "../support/cli-process.ts"
import { projectRoot } from "../support/nats-server.ts"

const manifest = readFileSync(join(projectRoot, "package.json"), "utf8")
const scripts = (JSON.parse(manifest) as { readonly scripts: Readonly<Record<string, string>> }).scripts
/** Scripts that run a program of the project under its own Node: they may run for long. */
const long = Object.keys(scripts).filter((name) => scripts[name]?.includes("with-deps.sh") === true && name !== "build")

const folder = mkdtempSync(join(tmpdir(), "tickd-npm-"))
mkdirSync(join(folder, "deploy", "dev"), { recursive: true })
writeFileSync(join(folder, "package.json"), manifest)
// Replaces the program: a process that prints its id and stays. npm passes signals on only after it has started its
// child and waits: before that a signal would end npm alone.
const program = `until grep -q '^State:.S' /proc/$PPID/status; do sleep 0.01; done
echo "pid $$"
exec sleep 300
`
writeFileSync(join(folder, "deploy", "dev", "with-deps.sh"), program)
afterEach(async () => {
  await endCommands()
})

describe("V7: npm scripts", () => {
  it("V7: the last command of each stands behind exec", () => {
    for (const [name, command] of Object.entries(scripts)) {
      expect(command, name).toMatch(/^(?:[^;&|]+ && )*exec [^;&|]+$/)
    }
    expect(long).toContain("tickd")
    expect(long).toContain("demo")
  })

  it.each(long)("V7: SIGTERM to 'npm run %s' reaches the program", async (name) => {
    // With arguments, as users pass them: dash replaces itself by the last command of a plain line only.
    const npm = startCommand(["run", "-s", name, "--", "run"], { program: "npm", cwd: folder })
    const pid = Number((await npm.printed(/pid (\d+)/))[1])
    npm.child.kill("SIGTERM")
    await npm.ended
    await eventually(`process ${pid} of ${name} ends`, () => !isRunning(pid) || undefined)
  })

  it("V7: SIGTERM to 'npm run -s tickd -- front' ends the front, with its own exit code", async () => {
    const npm = startCommand(["run", "-s", "tickd", "--", "front", "--port", "0", "--json"], { program: "npm" })
    await npm.printed(/"event":"listening"/)
    npm.child.kill("SIGTERM")
    expect((await npm.ended).code).toBe(0)
  })
})

process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
