import { existsSync, rmSync, statfsSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { dirname, join } from "node:path"
import { Effect } from "effect"
import { errorText } from "../../../../kernel/error-text.ts"
import { cureOf, systemCodeOf } from "../../../../kernel/system-fault.ts"
import { holderOf } from "../../../../platform/process/port-holder.ts"

const mebibyte = 1_048_576

/** The folder, or the nearest one above it that exists. */
const existing = (folder: string): string => {
  let at = folder
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at)
  return at
}

/** Free bytes for this user of the file system that holds a folder. */
const freeBytes = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

const whole = (bytes: number) => `${Math.floor(bytes / mebibyte)} MiB`

/** A folder that programs write: a file is written and removed, in it or in what would hold it. */
export const folderFault = (what: string, folder: string, freeMin: number): string | undefined => {
  const at = existing(folder)
  const probe = join(at, `.tickd-preflight-${process.pid}`)
  try {
    try {
      writeFileSync(probe, "x", { flag: "wx", mode: 0o600 })
    } finally {
      // A full disk may take the file and not its byte.
      rmSync(probe, { force: true })
    }
    const free = freeBytes(at)
    return free >= freeMin
      ? undefined
      : `The disk of the ${what} folder ${folder} has ${whole(free)} left, and a day needs ${whole(freeMin)}: free space there`
  } catch (cause) {
    return `The ${what} folder ${folder} cannot be written (${systemCodeOf(cause)}): ${cureOf(cause, "give it to this user, or name another one")}`
  }
}

/** What the rings need of /dev/shm. */
export const shmFault = (folder: string, bytes: number): string | undefined => {
  try {
    const free = freeBytes(folder)
    return free >= bytes
      ? undefined
      : `${folder} has ${whole(free)} left and the rings need ${whole(bytes)}: free space there, or give the container more with --shm-size`
  } catch (cause) {
    return `${folder} cannot be used (${systemCodeOf(cause)}): mount a tmpfs there`
  }
}

/** A port that a program of this run is to listen on. `variable`: what chooses it. */
export interface WantedPort {
  readonly program: string
  readonly variable: string
  /** What else an operator may set, when the program that holds the port is meant to. */
  readonly otherwise: string
  readonly host: string
  readonly port: number
}

/** Whether a program can listen there; a port that cannot be tried says nothing. */
export const portFault = ({
  host,
  otherwise,
  port,
  program,
  variable
}: WantedPort): Effect.Effect<string | undefined> =>
  Effect.callback((resume) => {
    const server = createServer()
    const answer = (fault: string | undefined) => server.close(() => resume(Effect.succeed(fault)))
    server.once("error", (cause) => {
      const code = systemCodeOf(cause)
      const holder = holderOf(port) ?? "a program that this run did not start"
      resume(
        Effect.succeed(
          code === "EADDRINUSE"
            ? `Port ${port} of ${program} is taken by ${holder}, which no runbook started here: end it, or set ${variable}${otherwise}`
            : code === "EACCES"
              ? `Port ${port} of ${program} may not be opened by this user (${errorText(cause)}): set ${variable}`
              : undefined
        )
      )
    })
    server.listen({ host, port, exclusive: true }, () => answer(undefined))
    return Effect.sync(() => void server.close())
  })
