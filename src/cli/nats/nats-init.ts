import { X509Certificate } from "node:crypto"
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { nkeys } from "@nats-io/transport-node"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { errorText } from "../../kernel/error-text.ts"
import { cureOf } from "../../kernel/system-fault.ts"
import { makeFolders } from "../../platform/process/make-folders.ts"
import { projectRoot } from "../../platform/process/project.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { present } from "../invocation.ts"
import { jsonFlag } from "../terminal/flags.ts"
import { dirFlag, hostFlag } from "./nats-flags.ts"
import { makeCertificates } from "./nats-init-certificates.ts"

export interface NatsInitOptions {
  /** Folder that is made, or filled. */
  readonly dir: string
  /** Names and addresses under which clients reach the server, besides localhost. */
  readonly hosts: ReadonlyArray<string>
  readonly force: boolean
  readonly json: boolean
}

/** What was written. Holds names and public keys, no secret. */
export interface NatsInitReport {
  readonly dir: string
  readonly files: ReadonlyArray<string>
  readonly public_keys: Readonly<Record<string, string>>
  readonly hosts: ReadonlyArray<string>
  readonly certificate_until: string
}

/** The users of the server; `docs/operations/nats-security.md` says what each may do. */
export const natsRoles = [
  "daemon",
  "daemon-ops",
  "ops",
  "ops-ticks",
  "reader",
  "admin",
  "trade-daemon",
  "trader"
] as const
type Role = (typeof natsRoles)[number]

/** Copied as they are, so that what runs is what was read and tested. */
const templates = [
  "secure/accounts.conf",
  "secure/common.conf",
  "secure/tickd.conf",
  "cluster/node-1.conf",
  "cluster/node-2.conf",
  "cluster/node-3.conf"
] as const
const certificates = ["ca.crt", "ca.key", "server.crt", "server.key"] as const
const baseOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

const written = [
  ...natsRoles.map((role) => `${role}.nk`),
  ...certificates,
  "keys.conf",
  "local.conf",
  ...templates.map(baseOf),
  "daemon.env",
  "ops.env",
  "reader.env",
  "trade.env",
  "trader.env"
]

const lines = (pairs: ReadonlyArray<readonly [string, string]>, between: string, quote: (text: string) => string) =>
  `${pairs.map(([name, value]) => `${name}${between}${quote(value)}`).join("\n")}\n`
const conf = (pairs: ReadonlyArray<readonly [string, string]>) => lines(pairs, ": ", JSON.stringify)
/** Read by a shell, by systemd and by docker: only the first two know quotes, so there are none without need. */
const env = (pairs: ReadonlyArray<readonly [string, string]>) =>
  lines(pairs, "=", (text) => (/^[\w./:,@%+-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`))

const inboxOf = (role: Role): string => `_INBOX_${role.toUpperCase().replace("-", "_")}`

/** Everything but the certificates, as name and text. */
const textsOf = (dir: string, hosts: ReadonlyArray<string>, made: Readonly<Record<Role, nkeys.KeyPair>>) => {
  const publicHost = hosts[0] ?? "localhost"
  const server = publicHost.includes(":") ? `[${publicHost}]` : publicHost
  const client = (role: Role): Array<readonly [string, string]> => [
    ["NATS_URL", `tls://${server}:4222`],
    ["NATS_TLS_CA", join(dir, "ca.crt")],
    ["NATS_NKEY_FILE", join(dir, `${role}.nk`)],
    ["NATS_INBOX_PREFIX", inboxOf(role)]
  ]
  return new Map<string, string>([
    ...natsRoles.map((role) => [`${role}.nk`, `${new TextDecoder().decode(made[role].getSeed())}\n`] as const),
    [
      "keys.conf",
      conf(natsRoles.map((role) => [`${role.toUpperCase().replace("-", "_")}_NKEY`, made[role].getPublicKey()]))
    ],
    [
      "local.conf",
      conf([
        // without a public name the server is for this machine only
        ["CLIENT_ADDRESS", publicHost === "localhost" ? "127.0.0.1:4222" : "0.0.0.0:4222"],
        ["MONITOR_ADDRESS", "127.0.0.1:8222"],
        ["SERVER_CERTIFICATE", join(dir, "server.crt")],
        ["SERVER_KEY", join(dir, "server.key")],
        ["AUTHORITY_CERTIFICATE", join(dir, "ca.crt")],
        ["STORE_FOLDER", join(dir, "store")]
      ])
    ],
    ...templates.map(
      (path) => [baseOf(path), readFileSync(join(projectRoot, "deploy", "nats", path), "utf8")] as const
    ),
    [
      "daemon.env",
      env([
        ...client("daemon"),
        ["NATS_OPS_NKEY_FILE", join(dir, "daemon-ops.nk")],
        ["NATS_OPS_INBOX_PREFIX", inboxOf("daemon-ops")]
      ])
    ],
    [
      "ops.env",
      env([
        ...client("ops-ticks"),
        ["NATS_OPS_NKEY_FILE", join(dir, "ops.nk")],
        ["NATS_OPS_INBOX_PREFIX", inboxOf("ops")]
      ])
    ],
    ["reader.env", env(client("reader"))],
    ["trade.env", env(client("trade-daemon"))],
    ["trader.env", env(client("trader"))]
  ])
}

/** Last day of a certificate. */
export const untilOf = (pem: string): string => new Date(new X509Certificate(pem).validTo).toISOString().slice(0, 10)

export const unwritable = (dir: string) => (cause: unknown) =>
  new UserError({
    code: "NATS_INIT_FAILED",
    exitCode: exitCodes.unavailable,
    message: `${dir} cannot be filled (${errorText(cause)}): ${cureOf(cause, "name a folder that this user may write with --dir")}.`
  })

/**
 * Writes keys, certificates and configuration into the folder, all of it or nothing. Fails with `NATS_INIT_EXISTS` when
 * one of the files is there, or with `NATS_INIT_FAILED`.
 */
export const initNats = Effect.fnUntraced(function* (
  options: NatsInitOptions
): Effect.fn.Return<NatsInitReport, UserError> {
  const dir = resolve(options.dir)
  const present = written.filter((name) => existsSync(join(dir, name)))
  if (present.length > 0 && !options.force) {
    return yield* new UserError({
      code: "NATS_INIT_EXISTS",
      exitCode: exitCodes.wrongUse,
      message: `${dir} holds ${present[0]}${present.length === 1 ? "" : ` and ${present.length - 1} more`} already: name another folder with --dir, or replace all keys and certificates with --force.`
    })
  }
  const hosts = [...new Set([...options.hosts, "localhost", "127.0.0.1"])]
  const draft = Effect.try({
    try: () => {
      makeFolders(dir, 0o700)
      chmodSync(dir, 0o700)
      return mkdtempSync(join(dir, ".draft-"))
    },
    catch: unwritable(dir)
  })
  const fill = Effect.fnUntraced(function* (folder: string) {
    const signed = yield* makeCertificates(hosts)
    const made = Object.fromEntries(natsRoles.map((role) => [role, nkeys.createUser()])) as Record<Role, nkeys.KeyPair>
    return yield* Effect.try({
      try: (): NatsInitReport => {
        for (const [name, text] of [...signed, ...textsOf(dir, hosts, made)])
          writeFileSync(join(folder, name), text, { mode: 0o600 })
        const until = untilOf(readFileSync(join(folder, "server.crt"), "utf8"))
        for (const name of written) {
          chmodSync(join(folder, name), 0o600)
          renameSync(join(folder, name), join(dir, name))
        }
        return {
          dir,
          files: written,
          public_keys: Object.fromEntries(natsRoles.map((role) => [role, made[role].getPublicKey()])),
          hosts,
          certificate_until: until
        }
      },
      catch: unwritable(dir)
    })
  })
  return yield* Effect.acquireUseRelease(draft, fill, (folder) =>
    Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
})

/** What to do next, in the order in which to do it. */
export const renderInit = ({ dir, files, public_keys, hosts, certificate_until }: NatsInitReport): string =>
  [
    `${files.length} files in ${dir}, readable by this user only`,
    `certificate for ${hosts.join(", ")}, until ${certificate_until}`,
    ...Object.entries(public_keys).map(([role, key]) => `  ${role.padEnd(12)} ${key}`),
    "",
    "next:",
    `1. look at ${dir}/local.conf (addresses, paths), then start the server:  nats-server -c ${dir}/tickd.conf`,
    `2. start the daemon with these variables:  set -a; . ${dir}/daemon.env; set +a; npm run -s tickd -- run`,
    `3. give ops.env, ops.nk and ops-ticks.nk to operators, reader.env and reader.nk to those who read ticks, trade.* to the trading daemon, trader.* to programs that trade, ca.crt to all`,
    "4. keep ca.key and admin.nk off this machine: the one signs certificates, the other may delete streams",
    "docs/operations/nats-security.md says what each may do, and how to renew and to take back"
  ].join("\n")

/** `tickd nats init` sets up a NATS server with TLS. */
export const init = Command.make(
  "init",
  {
    dir: dirFlag,
    hosts: hostFlag,
    force: Flag.Boolean("force").pipe(
      Flag.withDescription("Replace what is there: all former keys and certificates are worthless then"),
      Flag.withDefault(false)
    ),
    json: jsonFlag
  },
  (options) => Effect.flatMap(initNats(options), (report) => present(options.json, report, renderInit))
).pipe(Command.withDescription("Make keys, certificates and configuration: TLS, nkeys, accounts for ticks and for ops"))
