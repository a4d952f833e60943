import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect, Option } from "effect"
import { isAlive, startTicks } from "../adapters/nats/server-process.ts"
import { makeStateFolder } from "./state-folder.ts"

const named = /^demo-(\d+)-(\d+)-/

/** Removes the folders of demos that were killed: each is named for the process that made it. */
const sweep = (parent: string): void => {
  for (const name of readdirSync(parent)) {
    const [, pid, ticks] = named.exec(name) ?? []
    if (pid !== undefined && !isAlive(Number(pid), ticks)) rmSync(join(parent, name), { recursive: true, force: true })
  }
}

/** The state folder of a demo: the given one, kept; or a fresh one under `parent`, removed with the scope. */
export const demoFolder = (asked: Option.Option<string>, parent: string) => {
  if (Option.isSome(asked)) return makeStateFolder(asked.value, "--state")
  return Effect.acquireRelease(
    Effect.andThen(
      makeStateFolder(parent, "--state"),
      Effect.sync(() => {
        sweep(parent)
        return mkdtempSync(join(parent, `demo-${process.pid}-${startTicks(process.pid) ?? 0}-`))
      })
    ),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
}
