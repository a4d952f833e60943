import { join } from "node:path"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { errorText } from "../kernel/error-text.ts"
import { readChainLine, verifyChain } from "../platform/audit/audit-chain.ts"
import { readAuditLines, reserveOf } from "../platform/audit/audit-file.ts"
import { readReserve } from "../platform/audit/audit-reserve.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import type { AuditLine } from "../protocol/control/command.ts"
import { endWith, Invocation, present } from "./invocation.ts"
import { jsonFlag, shownDefault, wholeFlag } from "./terminal/flags.ts"
import { count, folded, paintOf, timeOf } from "./terminal/layout.ts"
import type { Screen } from "./terminal/screen.ts"

interface AuditQuery {
  readonly file: Option.Option<string>
  readonly verify: boolean
  readonly expect: Option.Option<string>
  readonly last: number
}

/** `head`: hash of the newest entry. `broken`: null when the chain is whole. */
interface AuditFound {
  readonly file: string
  readonly entries: number
  readonly head: string
  readonly torn: number
  /** Entries that the file misses because it could not be written: they wait in its reserve. */
  readonly missing: number
  readonly broken: { readonly line: number; readonly why: string } | null
  readonly shown: ReadonlyArray<AuditLine>
}

const renderLine = ({ entry, seq }: AuditLine, screen: Screen): string => {
  const what = Object.entries(entry.request)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ")
  const code = entry.code === null ? "" : ` [${entry.code}]`
  const by = `by ${entry.by.user} on ${entry.by.host} (${entry.by.client})`
  const parts = [
    String(seq),
    timeOf(entry.at),
    `${entry.verb} ${entry.result}`,
    what,
    by,
    `reason: ${entry.reason}`,
    `${entry.message}${code}`
  ]
  return folded(parts.filter((part) => part !== "").join("  "), screen, 4)
}

const renderChain = ({ broken, entries, file, head, torn }: AuditFound, screen: Screen): string => {
  const paint = paintOf(screen)
  if (broken !== null) {
    return `${file}: ${paint.bad(`line ${broken.line} breaks the chain`)}: ${broken.why}. ${count(entries)} entries before it hold.`
  }
  const cut = torn === 0 ? "" : `, ${torn} torn by a crash and recorded as torn`
  return `${file}: ${count(entries)} entries, the chain is whole${cut}, head ${head}`
}

const render = (query: AuditQuery) => (found: AuditFound, screen: Screen) =>
  [
    ...(query.verify ? [] : found.shown.map((line) => renderLine(line, screen))),
    folded(renderChain(found, screen), screen, 4),
    ...(found.missing === 0 ? [] : [`${found.missing} entries are in ${found.file}.reserve and not yet in the file`])
  ].join("\n")

/** Reads the audit of this machine's daemon and follows its chain of hashes. */
const read = Effect.fnUntraced(function* (query: AuditQuery) {
  const { env } = yield* Invocation
  const file = Option.getOrElse(query.file, () => join(env["TICKD_STATE_DIR"] ?? ".state", "audit.jsonl"))
  const lines = yield* Effect.try({
    try: () => readAuditLines(file),
    catch: (cause) =>
      new UserError({
        code: "AUDIT_UNREADABLE",
        message: `The audit file ${file} cannot be read (${errorText(cause)}): name it with --file, or read it as its owner.`,
        exitCode: exitCodes.badInput
      })
  })
  if (lines.length === 0 && readReserve(reserveOf(file)).length === 0) {
    return yield* new UserError({
      code: "AUDIT_EMPTY",
      message: `There is no audit in ${file}: name the file with --file, or set TICKD_STATE_DIR as the daemon has it; 'tickd history audit' reads the commands from NATS.`,
      exitCode: exitCodes.badInput
    })
  }
  const chain = verifyChain(lines)
  const wanted = Option.getOrUndefined(query.expect)
  const heads = wanted === undefined ? [] : lines.flatMap((line) => readChainLine(line)?.hash ?? [])
  const cutOff =
    chain.broken === undefined && wanted !== undefined && !heads.includes(wanted)
      ? { line: lines.length + 1, why: `no entry has the hash ${wanted}: the end of the file was cut off` }
      : undefined
  const broken = chain.broken ?? cutOff ?? null
  const shown = lines.flatMap((line): ReadonlyArray<AuditLine> => {
    const read = readChainLine(line)
    return read === undefined ? [] : [read]
  })
  const missing = readReserve(reserveOf(file)).length
  return { file, ...chain, missing, broken, shown: shown.slice(-query.last) } satisfies AuditFound
})

/** `tickd audit`: who requested what of the daemon on this machine. Exit code 1 when the chain is broken. */
export const command = Command.make(
  "audit",
  {
    file: Flag.String("file").pipe(
      Flag.withDescription("Audit file (default: audit.jsonl in TICKD_STATE_DIR)"),
      Flag.optional
    ),
    verify: Flag.Boolean("verify").pipe(
      Flag.withDescription(
        "Follow the chain of hashes from the first entry to the last; exit code 1 when it is broken"
      ),
      Flag.withDefault(false)
    ),
    expect: Flag.String("expect").pipe(
      Flag.withDescription("With --verify: the hash that must be the newest, from an event of md.event.audit"),
      Flag.filter(
        (text) => /^[0-9a-f]{64}$/.test(text),
        () => "64 hexadecimal digits"
      ),
      Flag.optional
    ),
    last: wholeFlag("last", 1, 1_000_000).pipe(shownDefault("Show the last N", 50)),
    json: jsonFlag
  },
  ({ json, ...query }) =>
    Effect.gen(function* () {
      const found = yield* read(query)
      if (found.broken !== null) yield* endWith(exitCodes.checkFailed)
      yield* present(json, found, render(query), () => (query.verify ? "" : "tickd audit --verify"))
    })
).pipe(
  Command.withDescription(
    "Show who requested what of the daemon on this machine. --verify proves that nothing was changed"
  )
)
