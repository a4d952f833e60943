// The first start on a fresh machine fetches Pushgateway and Prometheus: a slow mirror must not fail it for good, and
// one that is away must be named with what to do.
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { monitoringTool } from "../../src/ops/adapters/process/programs/monitoring-tool.ts"
import { RunLog } from "../../src/ops/ports/run-log.ts"
import { liveSettings } from "../support/live-settings.ts"
import { projectRoot, temporaryFolder } from "../support/nats-server.ts"

const systemPath = "/usr/bin:/bin"
const settingsOf = (projectDir: string) => ({
  ...liveSettings({ variables: { PATH: systemPath, DEBIAN_MIRROR: "http://127.0.0.1:1/debian" } }),
  projectDir
})
const scriptIn = (root: string) => join(root, "deploy", "dev", "monitoring-tools.sh")

const logged = () => {
  const lines: Array<string> = []
  const layer = Layer.succeed(RunLog, {
    write: (level, message) => Effect.sync(() => void lines.push(`${level} ${message}`)),
    mark: () => Effect.void,
    follow: () => Effect.void
  })
  return { lines, layer }
}

describe("the first download of the monitoring programs", () => {
  it.live("goes on when the wait of an attempt is over, and the next attempt takes what it brought", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const calls = join(root, "calls")
      mkdirSync(dirname(scriptIn(root)), { recursive: true })
      // Stands in for a slow mirror: it fetches when the file `go` is there, and ends with the test or after 30 s.
      writeFileSync(
        scriptIn(root),
        `echo "$*" >>'${calls}'
if [ "$1" = --find ]; then [ -e '${root}/'"$2" ] && echo '${root}/'"$2"; exit; fi
left=600
until [ -e '${root}/go' ]; do [ -d '${root}' ] && [ "$left" -gt 0 ] || exit 1; left=$((left - 1)); sleep 0.05; done
for name in "$@"; do : >'${root}/'"$name"; done\n`
      )
      const { layer, lines } = logged()
      const settings = settingsOf(root)
      const attempt = (waitMs: number) => Effect.provide(monitoringTool("pushgateway", settings, waitMs), layer)
      const { message } = yield* Effect.flip(attempt(300))
      assert.match(message, /^There is no pushgateway on this machine, and fetching it has not ended after 0\.3 s: /)
      assert.include(message, `run 'bash ${scriptIn(root)} prometheus pushgateway alertmanager' before the start, `)
      assert.include(lines.join("\n"), "INFO There is no pushgateway on this machine: it is fetched from Debian's")
      yield* Effect.flip(attempt(300))
      // The required programs come first: what the fetch has brought so far is taken while the rest goes on.
      const early = Effect.sync(() => writeFileSync(join(root, "alertmanager"), "")).pipe(Effect.delay(100))
      const taken = Effect.provide(monitoringTool("alertmanager", settings, 300), layer)
      assert.strictEqual((yield* Effect.all([taken, early], { concurrency: 2 }))[0], join(root, "alertmanager"))
      writeFileSync(join(root, "go"), "")
      assert.strictEqual(yield* attempt(20_000), join(root, "pushgateway"))
      assert.strictEqual(yield* Effect.provide(monitoringTool("prometheus", settings), layer), join(root, "prometheus"))
      const fetches = readFileSync(calls, "utf8").match(/^prometheus pushgateway alertmanager$/gm)
      assert.lengthOf(fetches ?? [], 1)
    })
  )

  it.live("names a mirror that is away, and what to do", (context) =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      if (!existsSync("/usr/bin/apt-get") || existsSync("/usr/bin/prometheus")) {
        return context.skip("skipped: needs apt, and no Prometheus in /usr/bin")
      }
      symlinkSync(join(projectRoot, "deploy"), join(root, "deploy"))
      const { layer } = logged()
      const settings = settingsOf(root)
      const { message } = yield* Effect.flip(Effect.provide(monitoringTool("prometheus", settings), layer))
      assert.match(
        message,
        /^There is no prometheus on this machine, and it could not be fetched \(the index of trixie could not be read from this machine's mirror\): run 'bash \S+ prometheus pushgateway alertmanager' before the start, put it on PATH, or set MANAGE_MONITORING=0 to run without it\.$/
      )
    })
  )
})
