import { readdirSync, readFileSync, readlinkSync } from "node:fs"

const listening = "0A"

/** Inodes of the sockets that listen on a TCP port. Source: proc(5), /proc/net/tcp. */
const inodesOf = (port: number): ReadonlySet<string> => {
  const hex = port.toString(16).toUpperCase().padStart(4, "0")
  const inodes = new Set<string>()
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    try {
      for (const line of readFileSync(table, "utf8").split("\n")) {
        const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/)
        if (state === listening && local.endsWith(`:${hex}`) && inode !== undefined) inodes.add(inode)
      }
    } catch {
      // A machine without IPv6 has one table only.
    }
  }
  return inodes
}

export const isListening = (port: number): boolean => inodesOf(port).size > 0

const commandOf = (pid: string): string =>
  readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, 6).join(" ").trim().slice(0, 120)

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ""
  }
}

/** What holds a port and is not visible: of another user, or ending at this moment. */
export const unseenHolder = "a process of another user"

/**
 * Who listens on a TCP port: `pid 12 (nats-server -p 4222)`. Another user's process is not visible: `a process of
 * another user`. Undefined: no process.
 */
export const holderOf = (port: number): string | undefined => {
  const inodes = inodesOf(port)
  if (inodes.size === 0) return undefined
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const holds = readdirSync(`/proc/${pid}/fd`).some((fd) => {
        const [, inode] = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`)) ?? []
        return inode !== undefined && inodes.has(inode)
      })
      if (holds) return `pid ${pid} (${commandOf(pid)})`
    } catch {
      // It has ended meanwhile, or it is another user's.
    }
  }
  // A process that is ending has no files any more, and its socket is still listed for a moment.
  const now = inodesOf(port)
  return [...inodes].some((inode) => now.has(inode)) ? unseenHolder : undefined
}
