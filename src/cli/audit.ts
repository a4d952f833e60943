import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import type { AuditLine } from "../protocol/control/command.ts"
import { jsonFlag, shownDefault, wholeFlag } from "./terminal/flags.ts"

export interface AuditQuery {
  readonly file: Option.Option<string>
  readonly verify: boolean
  readonly expect: Option.Option<string>
  readonly last: number
}

/** `head`: hash of the newest entry. `broken`: undefined when the chain is whole. */
export interface AuditFound {
  readonly file: string
  readonly entries: number
  readonly head: string
  readonly torn: number
  /** Entries that the file misses because it could not be written: they wait in its reserve. */
  readonly missing: number
  readonly broken: { readonly line: number; readonly why: string } | undefined
  readonly shown: ReadonlyArray<AuditLine>
}

const renderLine = ({ entry, seq }: AuditLine): string => {
  const what = Object.entries(entry.request)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ")
  const code = entry.code === null ? "" : ` [${entry.code}]`
  return `${seq}  ${entry.at.slice(0, 10)} ${entry.at.slice(11, 23)}  ${entry.verb} ${entry.result}  ${what}  by ${entry.by.user} on ${entry.by.host} (${entry.by.client})  reason: ${entry.reason}  ${entry.message}${code}`
}

const renderVerdict = (found: AuditFound): string => {
  const aside =
    found.missing === 0 ? "" : `\n${found.missing} entries are in ${found.file}.reserve and not yet in the file`
  return `${renderChain(found)}${aside}`
}

const renderChain = ({ broken, entries, file, head, torn }: AuditFound): string => {
  if (broken !== undefined)
    return `${file}: line ${broken.line} breaks the chain: ${broken.why}. ${entries} entries before it hold.`
  const cut = torn === 0 ? "" : `, ${torn} torn by a crash and owned up to`
  return `${file}: ${entries} entries, the chain is whole${cut}, head ${head}`
}

/** `tickd audit`: who requested what of the daemon on this machine. Exit code 1 when the chain is broken. */
export const auditCommand = <E, R>(read: (query: AuditQuery) => Effect.Effect<AuditFound, E, R>) =>
  Command.make(
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
      Effect.flatMap(read(query), (found) => {
        if (json) return Console.log(JSON.stringify({ ...found, broken: found.broken ?? null }))
        const lines = query.verify ? [] : found.shown.map(renderLine)
        return Console.log([...lines, renderVerdict(found)].join("\n"))
      })
  ).pipe(
    Command.withDescription("Show who requested what of the daemon on this machine, and prove that nothing was changed")
  )
