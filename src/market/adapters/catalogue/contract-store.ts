import { createHash } from "node:crypto"
import { open, readdir, readFile, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Result, Schema } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { Exchange } from "../../../kernel/instrument/exchange.ts"
import { cureOf, isMissing } from "../../../kernel/system-fault.ts"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import {
  ContractStore,
  ContractStoreError,
  type ContractVersion,
  type DamagedVersion
} from "../../ports/contract-store.ts"

/** The only known form of the files. */
const format = 1

const Stored = Schema.Struct({
  format: Schema.Literal(format),
  tradingDay: Schema.Int,
  writtenMs: Schema.Int,
  sources: Schema.Array(
    Schema.Struct({ name: Schema.String, contracts: Schema.Int, problem: Schema.optionalKey(Schema.String) })
  ),
  contracts: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      exchange: Exchange,
      product: Schema.String,
      priceTick: Schema.optionalKey(Schema.Number),
      multiplier: Schema.optionalKey(Schema.Number),
      expireDate: Schema.optionalKey(Schema.Int),
      name: Schema.optionalKey(Schema.String)
    })
  )
})

const decode = Schema.decodeUnknownResult(Stored)
const sumOf = (text: string): string => createHash("sha256").update(text).digest("hex")
const fileOf = (day: number): string => `${day}.json`

/** The text of a version: one JSON object whose last field is the SHA-256 of the object without it. */
export const textOfVersion = (version: ContractVersion): string => {
  const { tradingDay, writtenMs, sources, contracts } = version
  const body = JSON.stringify({ format, tradingDay, writtenMs, sources, contracts })
  return `${body.slice(0, -1)},"sha256":"${sumOf(body)}"}\n`
}

/** The version in a file's text, or why it cannot be used. */
export const versionOfText = (text: string, day: number): Result.Result<ContractVersion, string> => {
  const end = /,"sha256":"([0-9a-f]{64})"\}\n?$/.exec(text)
  if (end === null) return Result.fail("its end with the checksum is missing")
  const body = `${text.slice(0, end.index)}}`
  if (sumOf(body) !== end[1]) return Result.fail("its checksum is wrong")
  // A text with the right checksum is JSON, because this program wrote it.
  const decoded = decode(JSON.parse(body))
  if (Result.isFailure(decoded)) return Result.fail("it has a form that this version does not know")
  const { format: _, ...version } = decoded.success
  return version.tradingDay === day
    ? Result.succeed(version)
    : Result.fail(`it holds the list of ${version.tradingDay}`)
}

/** Contract lists as files `YYYYMMDD.json` in one folder; the `keepDays` newest are kept. */
export const makeContractStore = (folder: string, keepDays: number): ContractStore["Service"] => {
  const days = Effect.tryPromise({
    try: async () => {
      const names = await readdir(folder).catch((cause: unknown) => {
        if (isMissing(cause)) return []
        throw cause
      })
      return names
        .flatMap((name) => /^(\d{8})\.json$/.exec(name)?.[1] ?? [])
        .map(Number)
        .sort((a, b) => a - b)
    },
    catch: (cause) =>
      new ContractStoreError({
        code: "CONTRACTS_UNREADABLE",
        message: `The folder of contract lists ${folder} cannot be read (${errorText(cause)}): let this user read it.`
      })
  })

  const readDay = (day: number): Effect.Effect<Result.Result<ContractVersion, string>> =>
    Effect.promise(() =>
      readFile(join(folder, fileOf(day)), "utf8").then(
        (text) => versionOfText(text, day),
        (cause: unknown) => Result.fail(errorText(cause))
      )
    )

  const newest = Effect.fnUntraced(function* (through: number) {
    const damaged: Array<DamagedVersion> = []
    for (const day of (yield* days).filter((one) => one <= through).toReversed()) {
      const read = yield* readDay(day)
      if (Result.isSuccess(read)) return { version: read.success, damaged }
      damaged.push({ file: join(folder, fileOf(day)), reason: read.failure })
    }
    return { version: undefined, damaged }
  })

  const write = async (version: ContractVersion): Promise<void> => {
    makeFolders(folder)
    const path = join(folder, fileOf(version.tradingDay))
    // A unique name: the daemon and the CLI may refresh at the same moment.
    const draft = `${path}.${process.pid}.new`
    const file = await open(draft, "w", 0o644)
    try {
      await file.writeFile(textOfVersion(version))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
    // The directory is synced too, so that the new name survives a power cut.
    const directory = await open(folder, "r")
    await directory.sync().finally(() => directory.close())
  }

  const keep = Effect.fnUntraced(function* (version: ContractVersion) {
    yield* Effect.tryPromise({
      try: () => write(version),
      catch: (cause) =>
        new ContractStoreError({
          code: "CONTRACTS_UNWRITABLE",
          message: `The contract list cannot be written to ${folder} (${errorText(cause)}): ${cureOf(cause, "let this user write it")}.`
        })
    })
    const old = (yield* days).slice(0, -keepDays)
    // A file that cannot be removed only uses space. The next refresh tries again.
    yield* Effect.promise(() => Promise.allSettled(old.map((day) => rm(join(folder, fileOf(day))))))
  })

  return ContractStore.of({ days, newest, keep })
}
