import { readFileSync, renameSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { errorText } from "../../kernel/error-text.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { present } from "../invocation.ts"
import { jsonFlag } from "../terminal/flags.ts"
import { dirFlag, hostFlag } from "./nats-flags.ts"
import { untilOf, unwritable } from "./nats-init.ts"
import { renewCertificate } from "./nats-init-certificates.ts"

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

const keptIn = (dir: string) =>
  Effect.try({
    try: () => {
      const read = (name: string) => readFileSync(join(dir, name), "utf8")
      return {
        authority: read("ca.crt"),
        authorityKey: read("ca.key"),
        server: read("server.crt"),
        serverKey: read("server.key")
      }
    },
    catch: (cause) =>
      new UserError({
        code: "NATS_RENEW_FAILED",
        exitCode: exitCodes.badInput,
        message: `The certificates in ${dir} cannot be read (${errorText(cause)}): name the folder of 'tickd nats init' with --dir, with ca.key back in it.`
      })
  })

/** Replaces the server certificate, for the same key. Fails with `NATS_RENEW_FAILED` or `NATS_INIT_FAILED`. */
export const renewNats = Effect.fnUntraced(function* (
  options: NatsRenewOptions
): Effect.fn.Return<NatsRenewReport, UserError> {
  const dir = resolve(options.dir)
  const renewed = yield* renewCertificate(yield* keptIn(dir), options.hosts).pipe(
    Effect.catchTag("UnknownError", ({ cause }) =>
      Effect.fail(
        new UserError({
          code: "NATS_RENEW_FAILED",
          exitCode: exitCodes.badInput,
          message: `A file in ${dir} holds no certificate or no key (${errorText(cause)}): put back the files of 'tickd nats init'.`
        })
      )
    )
  )
  const file = join(dir, "server.crt")
  yield* Effect.try({
    try: () => {
      writeFileSync(`${file}.new`, renewed.server, { mode: 0o600 })
      renameSync(`${file}.new`, file)
    },
    catch: unwritable(dir)
  })
  return { dir, hosts: renewed.hosts, certificate_until: untilOf(renewed.server) }
})

const render = ({ dir, hosts, certificate_until }: NatsRenewReport): string =>
  [
    `${dir}/server.crt: certificate for ${hosts.join(", ")}, until ${certificate_until}`,
    "next: nats-server --signal reload=PID; clients stay connected"
  ].join("\n")

/** `tickd nats renew` signs the next certificate of that server. */
export const renew = Command.make("renew", { dir: dirFlag, hosts: hostFlag, json: jsonFlag }, (options) =>
  Effect.flatMap(renewNats(options), (report) => present(options.json, report, render))
).pipe(Command.withDescription("Sign a new server certificate with the same authority; no --host keeps its names"))
