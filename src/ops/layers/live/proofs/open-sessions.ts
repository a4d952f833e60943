import { readdirSync, readFileSync } from "node:fs"
import { basename, join, sep } from "node:path"

const worker = "tickd-feed-worker"

const argvOf = (pid: string): ReadonlyArray<string> => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")
  } catch {
    // It has ended since, or belongs to another user.
    return []
  }
}

/**
 * The workers of a daemon that still run, each with its feed and process id. A subscription of CTP belongs to its
 * session, and a session to the connection of its worker: without a worker the fronts hold nothing of this daemon.
 * The workers of a container have other paths, and end with it.
 */
export const openSessions = (stateDir: string): ReadonlyArray<string> => {
  const flows = join(stateDir, "flow") + sep
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const [program = "", ...args] = argvOf(pid)
      const flow = args[args.indexOf("--flow") + 1] ?? ""
      return basename(program) === worker && flow.startsWith(flows) ? [`${basename(flow)} (pid ${pid})`] : []
    })
}
