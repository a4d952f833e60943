import { readdir, readFile, readlink } from "node:fs/promises"

const established = "01"

/** `0100007F:1F90` is 127.0.0.1:8080: each 32-bit word is in the byte order of the machine, which is little-endian. */
const addressOf = (text: string): string | undefined => {
  const [address = "", port = ""] = text.split(":")
  const octets = (address.match(/../g) ?? []).map((hex) => Number.parseInt(hex, 16))
  const words = Array.from({ length: octets.length / 4 }, (_, word) =>
    octets.slice(word * 4, word * 4 + 4).toReversed()
  )
  if (words.length === 1) return `${words[0]?.join(".")}:${Number.parseInt(port, 16)}`
  if (words.length !== 4) return undefined
  const bytes = words.flat()
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255
  if (isMapped) return `${bytes.slice(12).join(".")}:${Number.parseInt(port, 16)}`
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0)).toString(16)
  )
  return `[${groups.join(":")}]:${Number.parseInt(port, 16)}`
}

/** Remote addresses of the established TCP connections in a table. Source: proc(5), /proc/net/tcp. */
export const peersIn = (table: string, inodes: ReadonlySet<string>): ReadonlyArray<string> =>
  table.split("\n").flatMap((line) => {
    const [, , remote = "", state, , , , , , inode = ""] = line.trim().split(/\s+/)
    const address = state === established && inodes.has(inode) ? addressOf(remote) : undefined
    return address === undefined ? [] : [address]
  })

const socketsOf = async (pid: number): Promise<ReadonlySet<string>> => {
  const folder = `/proc/${pid}/fd`
  const links = await Promise.all((await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => "")))
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}

/**
 * Whom a process is connected to over TCP, each address once. The kernel knows it also where the library that made
 * the connection does not say. Empty for a process that has ended or that belongs to another user.
 */
export const connectedPeers = async (pid: number): Promise<ReadonlyArray<string>> => {
  if (pid <= 0) return []
  const inodes = await socketsOf(pid).catch(() => new Set<string>())
  if (inodes.size === 0) return []
  // Of the process's own network: it may be another one than ours.
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(`/proc/${pid}/net/${name}`, "utf8").catch(() => ""))
  )
  return [...new Set(tables.flatMap((table) => peersIn(table, inodes)))]
}
