import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { initNats, type natsRoles } from "../../src/cli/nats/nats-init.ts"
import { connectNats, type NatsConnectionOptions } from "../../src/platform/nats/connect.ts"
import { type ServerChild, spawnServer } from "../../src/platform/nats/server-child.ts"
import { acceptsAs } from "../../src/platform/nats/server-probe.ts"
import { freePort } from "./free-port.ts"
import { natsBinary, temporaryFolder } from "./nats-server.ts"

export type Role = (typeof natsRoles)[number]

/** The output of `tickd nats init`, with addresses of this test. */
export interface Installation {
  readonly folder: string
  readonly port: number
  readonly url: string
}

/** A separate installation on a free port; it is deleted with the scope. */
export const install = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  yield* initNats({ dir: folder, hosts: [], force: false, json: false })
  const port = yield* Effect.promise(freePort)
  addresses(folder, port, yield* Effect.promise(freePort))
  return { folder, port, url: `tls://127.0.0.1:${port}` } satisfies Installation
})

/** Writes ports into the one file that an operator edits. */
export const addresses = (folder: string, client: number, monitor: number): void => {
  const path = join(folder, "local.conf")
  const text = readFileSync(path, "utf8")
    .replace(/CLIENT_ADDRESS: .*/, `CLIENT_ADDRESS: "127.0.0.1:${client}"`)
    .replace(/MONITOR_ADDRESS: .*/, `MONITOR_ADDRESS: "127.0.0.1:${monitor}"`)
  writeFileSync(path, text)
}

/** Starts `config` of the folder and waits until the server accepts connections; it ends with the scope. */
export const serve = Effect.fnUntraced(function* (folder: string, config: string, name: string, port: number) {
  const binary = yield* natsBinary
  return yield* Effect.acquireRelease(
    Effect.gen(function* () {
      const child = spawnServer({
        binary,
        configPath: join(folder, config),
        recordPath: join(folder, `${config}.json`),
        port,
        log: () => {}
      })
      while (!(yield* acceptsAs("127.0.0.1", port, name))) {
        if (child.hasExited()) throw new Error(`nats-server ended: ${child.lastLines().join("\n")}`)
        yield* Effect.sleep(30)
      }
      return child
    }),
    (child: ServerChild) =>
      Effect.promise(async () => {
        child.kill("SIGKILL")
        await child.exit
      })
  )
})

/** One secure server. */
export const startSecure = Effect.gen(function* () {
  const installation = yield* install
  yield* serve(installation.folder, "tickd.conf", "tickd-nats", installation.port)
  return installation
})

/** Connection options of `role`, from its env file. */
export const optionsOf = ({ folder, url }: Installation, role: Role): NatsConnectionOptions => ({
  url,
  name: `test-${role}`,
  nkeyFile: join(folder, `${role}.nk`),
  tls: { caFile: join(folder, "ca.crt") },
  inboxPrefix: `_INBOX_${role.toUpperCase().replace("-", "_")}`,
  reconnect: false
})

export const connectAs = (installation: Installation, role: Role) =>
  Effect.acquireRelease(connectNats(optionsOf(installation, role)), (nc: NatsConnection) =>
    Effect.promise(() => nc.close().catch(() => {}))
  )

/** The seed of a role, which must be in no output. */
export const seedOf = ({ folder }: Installation, role: Role): string =>
  readFileSync(join(folder, `${role}.nk`), "utf8").trim()

/** The variables for a verb of `role`. */
export const environmentOf = ({ folder, url }: Installation, role: Role) => ({
  NATS_URL: url,
  NATS_TLS_CA: join(folder, "ca.crt"),
  NATS_NKEY_FILE: join(folder, `${role}.nk`),
  NATS_INBOX_PREFIX: `_INBOX_${role.toUpperCase().replace("-", "_")}`
})
