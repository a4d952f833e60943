import { Option } from "effect"
import { Command, Flag } from "effect/cli"
import { type Handler, jsonFlag, shownDefault } from "./terminal/flags.ts"

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

export interface NatsRenewOptions {
  /** Folder that `init` filled. */
  readonly dir: string
  /** Empty: the names of the certificate that is renewed. */
  readonly hosts: ReadonlyArray<string>
  readonly json: boolean
}

export interface NatsRenewReport {
  readonly dir: string
  readonly hosts: ReadonlyArray<string>
  readonly certificate_until: string
}

export const renderRenewal = ({ dir, hosts, certificate_until }: NatsRenewReport): string =>
  [
    `${dir}/server.crt: certificate for ${hosts.join(", ")}, until ${certificate_until}`,
    "next: nats-server --signal reload=PID; clients notice nothing"
  ].join("\n")

/** What to do next, in the order in which to do it. */
export const renderInit = ({ dir, files, public_keys, hosts, certificate_until }: NatsInitReport): string =>
  [
    `${files.length} files in ${dir}, readable by this user only`,
    `certificate for ${hosts.join(", ")}, until ${certificate_until}`,
    ...Object.entries(public_keys).map(([role, key]) => `  ${role.padEnd(10)} ${key}`),
    "",
    "next:",
    `1. look at ${dir}/local.conf (addresses, paths), then start the server:  nats-server -c ${dir}/tickd.conf`,
    `2. start the daemon with these variables:  set -a; . ${dir}/daemon.env; set +a; npm run -s tickd -- run`,
    `3. give ops.env, ops.nk and ops-ticks.nk to the desk, reader.env and reader.nk to those who read ticks, ca.crt to both`,
    "4. keep ca.key and admin.nk off this machine: the one signs certificates, the other may delete streams",
    "docs/operations/nats-security.md says what each may do, and how to renew and to take back"
  ].join("\n")

const hostFlag = Flag.String("host").pipe(
  Flag.withDescription("Name or address of the server for the certificate, may be given several times"),
  Flag.filterMap(
    (text) => (/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,252})$/.test(text) ? Option.some(text) : Option.none()),
    () => "a host name or an IP address"
  ),
  Flag.atLeast(0)
)

const dirFlag = Flag.String("dir").pipe(
  shownDefault("Folder for keys, certificates and configuration", ".state/nats-secure")
)

/** `tickd nats init` sets up a NATS server with TLS. `tickd nats renew` signs its next certificate. */
export const natsCommand = <E, R>(init: Handler<NatsInitOptions, E, R>, renew: Handler<NatsRenewOptions, E, R>) =>
  Command.make("nats").pipe(
    Command.withDescription("Set up a NATS server for tickd"),
    Command.withSubcommands([
      Command.make(
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
        init
      ).pipe(
        Command.withDescription("Make keys, certificates and configuration: TLS, nkeys, accounts for ticks and for ops")
      ),
      Command.make("renew", { dir: dirFlag, hosts: hostFlag, json: jsonFlag }, renew).pipe(
        Command.withDescription("Sign a new server certificate with the same authority; no --host keeps its names")
      )
    ])
  )
