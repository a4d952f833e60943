import { readFileSync } from "node:fs"

/** Resources that a process has used. `cpuMs` counts all its threads, user and kernel, in steps of 10 ms. */
export interface ProcessUsage {
  readonly cpuMs: number
  readonly rssMb: number
}

/** USER_HZ: fixed at 100 in the interface of /proc on every architecture that Node runs on. */
const msPerClockTick = 10
/**
 * Fields of /proc/PID/stat counted behind the parenthesis that ends the name. Source: proc_pid_stat(5), utime = 14,
 * stime = 15.
 */
const userTime = 11
const systemTime = 12

export const usageOf = (pid: number): ProcessUsage => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const status = readFileSync(`/proc/${pid}/status`, "utf8")
  const rssKb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])
  return {
    cpuMs: (Number(fields[userTime]) + Number(fields[systemTime])) * msPerClockTick,
    rssMb: rssKb / 1024
  }
}

/** Memory by its owner, MB: `pss` has an equal part of each page that several processes map, `private` none of them. */
export interface MappedMemory {
  readonly rssMb: number
  readonly pssMb: number
  readonly privateMb: number
}

export const mappedMemory = (pid: number): MappedMemory => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")
  const mb = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(text)?.[1]) / 1024
  return { rssMb: mb("Rss"), pssMb: mb("Pss"), privateMb: mb("Private_Clean") + mb("Private_Dirty") }
}
