import { mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs"
import { basename, join } from "node:path"
import { Effect, Option } from "effect"
import { isAlive, startTicks } from "../../platform/nats/server-process.ts"
import { makeStateFolder, makeStateParent } from "../../platform/process/state-folder.ts"
import { declareFormat } from "../../platform/process/state-format.ts"

const named = /^demo-(\d+)-(\d+)-/

/** Removes the folders of demos that were killed: each is named for the process that made it. */
const sweep = (parent: string): void => {
  for (const name of readdirSync(parent)) {
    const [, pid, ticks] = named.exec(name) ?? []
    if (pid !== undefined && !isAlive(Number(pid), ticks)) rmSync(join(parent, name), { recursive: true, force: true })
  }
}

/** Removes the folder, or keeps it under a name that no later demo sweeps away. */
const leave = (folder: string, parent: string, holdsTicks: boolean, onKept: (folder: string) => void): void => {
  if (!holdsTicks) return rmSync(folder, { recursive: true, force: true })
  const kept = join(parent, `kept-${basename(folder)}`)
  renameSync(folder, kept)
  onKept(kept)
}

/**
 * The state folder of a demo: the given one, kept; or a fresh one under `parent`, removed with the scope unless it
 * `holdsTicks` that are in no stream: then `onKept` is called with its new name.
 */
export const demoFolder = (
  asked: Option.Option<string>,
  parent: string,
  { holdsTicks, onKept }: { readonly holdsTicks: () => boolean; readonly onKept: (folder: string) => void }
) => {
  if (Option.isSome(asked)) return makeStateFolder(asked.value, "--state")
  return Effect.acquireRelease(
    Effect.andThen(
      makeStateParent(parent, "--state"),
      Effect.sync(() => {
        sweep(parent)
        const folder = mkdtempSync(join(parent, `demo-${process.pid}-${startTicks(process.pid) ?? 0}-`))
        declareFormat(folder)
        return folder
      })
    ),
    (folder) => Effect.sync(() => leave(folder, parent, holdsTicks(), onKept))
  )
}
