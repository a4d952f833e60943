import { Effect } from "effect"
import { Command } from "effect/cli"
import { Invocation, present } from "../../cli/invocation.ts"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import { aligned } from "../../cli/terminal/layout.ts"
import { shanghaiIso } from "../../kernel/time/shanghai-time.ts"
import { runningSettings } from "../../ops/adapters/process/kept-snapshots.ts"
import { changeLines, changesBetween, runningSnapshot } from "../../ops/domain/snapshot/snapshot.ts"
import { readKept, shown } from "./prepare-rollback.ts"
import { prepareRun } from "./prepare-run.ts"
import { askedRun, verbFlags } from "./runbook-flags.ts"

/** What `tickd live snapshots --json` prints: the newest first, accounts masked. */
interface SnapshotsReply {
  readonly snapshots: ReadonlyArray<{
    readonly number: number
    readonly at: string
    readonly run: string
    readonly command: string
    readonly window: string
    readonly profile: string
    readonly config: string
    readonly tickd: { readonly version: string; readonly folder: string; readonly commit: string | null }
    readonly hash: string
    readonly runs_now: boolean
    /** What it has that the one before has not, as lines of a difference; null: it is the oldest that is kept. */
    readonly changes: ReadonlyArray<string> | null
  }>
  /** Files in the folder that are no snapshots. */
  readonly unreadable: ReadonlyArray<string>
}

const snapshotsText = ({ snapshots, unreadable }: SnapshotsReply): string => {
  const rows = aligned(
    [
      ["number", "kept", "by", "profile", "tickd", "settings", ""],
      ...snapshots.map(({ at, command, hash, number, profile, runs_now, tickd, window }) => [
        String(number),
        at.slice(0, 19).replace("T", " "),
        `${command} ${window}`,
        profile,
        `${tickd.version}${tickd.commit === null ? "" : ` (${tickd.commit.slice(0, 12)})`}`,
        hash,
        runs_now ? "runs now" : ""
      ])
    ],
    [0]
  )
  const [header = "", ...lines] = rows
  return [
    ...(snapshots.length === 0 ? ["No start is kept yet: the next one that ends with HEALTH=READY is"] : [header]),
    ...lines.flatMap((line, at) => [
      line.trimEnd(),
      ...(snapshots[at]?.changes ?? []).map((change) => `        ${change}`)
    ]),
    ...unreadable.map((path) => `${path} is no snapshot: remove it`)
  ].join("\n")
}

/** `tickd live snapshots` */
export const snapshots = Command.make("snapshots", { json: jsonFlag, ...verbFlags("status") }, ({ json, ...given }) =>
  Effect.gen(function* () {
    const { env } = yield* Invocation
    const { settings } = yield* prepareRun(yield* askedRun("status", given), env)
    const kept = yield* readKept(settings)
    const running = runningSnapshot(kept.snapshots, runningSettings(settings))
    const reply: SnapshotsReply = {
      snapshots: kept.snapshots.map((snapshot, at) => {
        const { atMs, command, config, hash, number, profile, program, run, window } = snapshot
        const before = kept.snapshots[at + 1]
        return {
          number,
          at: shanghaiIso(atMs),
          run,
          command,
          window,
          profile,
          config,
          tickd: program,
          hash,
          runs_now: number === running?.number,
          changes: before === undefined ? null : changeLines(changesBetween(before, snapshot), shown)
        }
      }),
      unreadable: kept.unreadable
    }
    yield* present(json, reply, snapshotsText)
  })
).pipe(
  Command.withDescription(
    "List the last good starts, the newest first, with what changed; secrets are masked; changes nothing"
  )
)
