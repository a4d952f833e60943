import type { LiveSettings } from "../../domain/live-settings.ts"
import { parts } from "../../ports/program-host.ts"
import { runningOf } from "./program-keeper.ts"
import { programsOf } from "./program-list.ts"

/** The programs that runs have started as processes and that run still, such as `tickd (pid 12)`. */
export const runningPrograms = (settings: LiveSettings): string | undefined => {
  const running = parts
    .flatMap((part) => programsOf(part, settings))
    .flatMap(({ name }) => {
      const record = runningOf(settings.runDir, name)
      return record === undefined ? [] : [`${name} (pid ${record.pid})`]
    })
  return running.length === 0 ? undefined : running.join(", ")
}
