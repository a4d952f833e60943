import { readFileSync, renameSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { Console, Effect } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { type NatsRenewOptions, type NatsRenewReport, renderRenewal } from "../nats.ts"
import { untilOf, unwritable } from "./nats-init.ts"
import { renewCertificate } from "./nats-init-certificates.ts"

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

/** `tickd nats renew`. */
export const runNatsRenew = (options: NatsRenewOptions) =>
  Effect.flatMap(renewNats(options), (report) =>
    Console.log(options.json ? JSON.stringify(report) : renderRenewal(report))
  )
