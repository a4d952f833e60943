// The script that starts an Alertmanager: Debian's build opens its templates under /usr/share, and a host on which they
// cannot be put there must hear it in one sentence, not in a log.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { endCommands, startCommand } from "../support/cli-process.ts"
import { alertmanagerScript } from "../support/monitoring-tools.ts"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-alertmanager-"))
  mkdirSync(join(folder, "alertmanager-templates"))
  writeFileSync(join(folder, "alertmanager-templates", "default.tmpl"), '{{ define "mine" }}{{ end }}\n')
  writeFileSync(
    join(folder, "program"),
    "#!/bin/sh\ncat /usr/share/prometheus/alertmanager/default.tmpl; echo pid $$ in $PWD, $#: $*; ls /usr/share\n"
  )
  for (const name of ["", "alertmanager-templates", "program"]) chmodSync(join(folder, name), 0o755)
  mkdirSync(join(folder, "bin"))
  chmodSync(join(folder, "bin"), 0o755)
})
afterEach(async () => {
  await endCommands()
  rmSync(folder, { recursive: true })
})
const isRoot = process.getuid?.() === 0
const run = async (
  words: ReadonlyArray<string>,
  options: { readonly isPlain?: boolean; readonly path?: string } = {}
) => {
  const drop = options.isPlain === true ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
  const [program = "", ...args] = [...drop, "sh", alertmanagerScript, ...words]
  const command = startCommand(args, {
    program,
    cwd: folder,
    env: { PATH: options.path ?? process.env["PATH"] ?? "" }
  })
  return { pid: command.pid, ...(await command.ended) }
}

describe("deploy/alertmanager/run.sh", () => {
  it.each([
    false,
    true
  ])("gives the program its templates, in its own place, with its pid; without root: %s", async (isPlain) => {
    if (isPlain && !isRoot) return
    const check = await run(["--check", "./program"], { isPlain })
    if (check.code === 78) return assert.match(check.stderr, /^alertmanager: \.\/program is Debian's build /)
    const { code, pid, stderr, stdout } = await run(["./program", "--one", "two words"], { isPlain })
    assert.strictEqual(code, 0, stderr)
    assert.include(stdout, `{{ define "mine" }}{{ end }}\npid ${pid} in ${folder}, 2: --one two words\n`)
    const seen = stdout.split("\n")
    assert.deepStrictEqual(
      readdirSync("/usr/share").filter((name) => !name.startsWith(".") && !seen.includes(name)),
      []
    )
  })

  it("says in one sentence that it cannot, with the fix", async () => {
    writeFileSync(
      join(folder, "bin", "unshare"),
      "#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2; exit 1\n",
      {
        mode: 0o755
      }
    )
    const path = `${join(folder, "bin")}:${process.env["PATH"]}`
    const { code, stderr } = await run(["./program"], { path })
    assert.strictEqual(code, 78)
    assert.match(
      stderr,
      /^alertmanager: \.\/program is Debian's build and finds no templates in \/usr\/share\/prometheus\/alertmanager, .*\(unshare failed: Operation not permitted\): run 'apt-get install prometheus-alertmanager', .*\.\n$/
    )
  })

  it("starts a program that needs no templates as it is", async () => {
    rmSync(join(folder, "alertmanager-templates"), { recursive: true })
    writeFileSync(join(folder, "program"), "#!/bin/sh\necho plain $*\n")
    assert.strictEqual((await run(["./program", "a"])).stdout, "plain a\n")
  })
})
