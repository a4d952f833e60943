// The secure profile is only worth shipping if the whole line runs on it with the files as they are made, and if no
// secret shows anywhere: not in a log, a process list, the metrics, the status or the state folder.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { natsRoles } from "../../src/cli/nats/nats-init.ts"
import { daemonEnvironment, startFront } from "../support/cli-daemon.ts"
import { endCommands, eventually, startTickd, stateFolder, tickd } from "../support/cli-process.ts"
import { freePort } from "../support/free-port.ts"
import { type Installation, seedOf, startSecure } from "../support/nats-secure.ts"

/** The variables of an env file, with this test's port. */
const variablesOf = ({ folder, url }: Installation, name: string): Record<string, string> => ({
  ...Object.fromEntries(
    readFileSync(join(folder, name), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split("=") as [string, string])
  ),
  NATS_URL: url
})

/** Everything that any user of this machine may read about its processes. */
const processList = (): string =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8")
      } catch {
        return ""
      }
    })
    .join("\n")

const filesUnder = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))

describe("the daemon on a secure server", () => {
  afterAll(endCommands)

  it.live(
    "stores ticks, serves ops and readers, and shows no secret",
    () =>
      Effect.gen(function* () {
        const installation = yield* startSecure
        const http = yield* Effect.promise(freePort)
        const daemonEnv = { ...variablesOf(installation, "daemon.env"), INGEST_METRICS_PORT: String(http) }
        const opsEnv = { ...variablesOf(installation, "ops.env"), TICKD_INSTANCE: "acceptance" }
        const readerEnv = variablesOf(installation, "reader.env")
        yield* Effect.promise(async () => {
          const state = stateFolder()
          const front = await startFront()
          const daemon = startTickd(["run"], daemonEnvironment(state.path, front.address, daemonEnv))
          try {
            const seen = await eventually(
              "a daemon that is ready and has stored ticks",
              async () => {
                const { code, stdout } = await tickd(["status", "--json"], opsEnv)
                const status = JSON.parse(stdout) as { ready: boolean; ledger: ReadonlyArray<{ published: number }> }
                return code === 0 && status.ready && (status.ledger[0]?.published ?? 0) > 0 ? stdout : undefined
              },
              20_000
            )
            const tail = await tickd(["tail", "--count", "3"], readerEnv)
            assert.strictEqual(tail.code, 0, tail.stderr)
            const history = await tickd(["history", "session-primary"], opsEnv)
            assert.include(history.stdout, "streaming", history.stderr)
            const tree = await tickd(["tree"], opsEnv)
            assert.include(tree.stdout, "session", tree.stderr)
            const watch = startTickd(["state", "--watch"], opsEnv)
            await watch.printed(/session-primary/)
            watch.child.kill("SIGINT")
            await watch.ended
            // U10: operators see the ticks, their readers and certificates with their own env file
            const seenByOps = await tickd(["tail", "--count", "1"], opsEnv)
            assert.strictEqual(seenByOps.code, 0, seenByOps.stderr)
            const consumers = await tickd(["consumers", "--json"], opsEnv)
            assert.strictEqual(consumers.code, 0, consumers.stderr)
            assert.match((await tickd(["certificate"], opsEnv)).stderr, /\[NO_CERTIFICATE\]/)
            const restarted = await tickd(["restart", "telemetry"], opsEnv)
            assert.strictEqual(restarted.code, 0, restarted.stderr)
            // a reader is not advised to create streams of another account; the daemon's keys see all of them
            const streams = await tickd(["streams", "check"], readerEnv)
            assert.match(streams.stdout, /^MD_TICKS +same/m, streams.stderr)
            assert.match(streams.stdout, /^MD_EVENTS +not visible to this user$/m)
            assert.notMatch(streams.stdout, /MISSING|reconcile --yes/)
            assert.strictEqual(streams.code, 1)
            const unseen = await tickd(["history", "session-primary"], readerEnv)
            assert.match(unseen.stderr, /This user sees no stream MD_EVENTS: .* use ops\.env/)
            const all = await tickd(["streams", "check"], variablesOf(installation, "daemon.env"))
            assert.strictEqual(all.code, 0, all.stdout + all.stderr)
            // each key opens its own door only
            const command = await tickd(["inject", "crash", "--feed", "primary"], {
              ...readerEnv,
              TICKD_INSTANCE: "acceptance"
            })
            assert.strictEqual(command.code, 69)
            assert.match(command.stderr, /may not ask .*\[NATS_DENIED\]/)
            const stranger = await tickd(["tree"], {
              NATS_URL: installation.url,
              NATS_TLS_CA: readerEnv["NATS_TLS_CA"] ?? ""
            })
            assert.strictEqual(stranger.code, 78)
            assert.match(stranger.stderr, /\[NATS_AUTH_REJECTED\]/)

            const list = processList()
            const metrics = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text()
            assert.include(metrics, "# TYPE")
            daemon.child.kill("SIGTERM")
            const end = await daemon.ended
            assert.strictEqual(end.code, 0, `${end.stdout.slice(-2000)}${end.stderr}`)
            const outputs = [
              end.stdout,
              end.stderr,
              seen,
              tree.stdout,
              history.stdout,
              watch.stdout(),
              stranger.stderr,
              list,
              metrics,
              ...filesUnder(state.path),
              ...filesUnder(join(installation.folder, "store"))
            ]
            for (const role of natsRoles) {
              const seed = seedOf(installation, role)
              assert.match(seed, /^SU[A-Z2-7]{56}$/)
              for (const text of outputs) assert.isFalse(text.includes(seed), role)
            }
          } catch (error) {
            throw new Error(`${String(error)}\ndaemon: ${daemon.stdout().slice(-2000)}${daemon.stderr()}`, {
              cause: error
            })
          } finally {
            await endCommands()
            state.remove()
          }
        })
      }),
    240_000
  )
})
