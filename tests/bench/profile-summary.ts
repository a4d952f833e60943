import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** The used part of a .cpuprofile of V8. Times in microseconds; `samples` and `timeDeltas` have equal lengths. */
export interface CpuProfile {
  readonly nodes: ReadonlyArray<{
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }>
  readonly samples: ReadonlyArray<number>
  readonly timeDeltas: ReadonlyArray<number>
}

export interface SelfTime {
  readonly where: string
  readonly ms: number
  readonly share: number
}

const placeOf = (url: string, line: number) =>
  url === "" ? "(native)" : `${url.split("/").slice(-2).join("/")}:${line + 1}`

/**
 * Functions by self time, longest first; the share is of the time that was not idle. Leaves out the first `skipMs`:
 * loading and compiling would hide the line.
 */
export const selfTimes = (profile: CpuProfile, skipMs: number): ReadonlyArray<SelfTime> => {
  const names = new Map<number, string>()
  for (const { id, callFrame } of profile.nodes) {
    const name = callFrame.functionName === "" ? "(anonymous)" : callFrame.functionName
    names.set(id, `${name} ${placeOf(callFrame.url, callFrame.lineNumber)}`)
  }
  const spent = new Map<string, number>()
  let busyUs = 0
  let elapsedUs = 0
  for (const [at, id] of profile.samples.entries()) {
    const name = names.get(id) ?? "?"
    const us = profile.timeDeltas[at] ?? 0
    elapsedUs += us
    if (name.startsWith("(idle)") || elapsedUs < skipMs * 1000) continue
    busyUs += us
    spent.set(name, (spent.get(name) ?? 0) + us)
  }
  return [...spent]
    .map(([where, us]) => ({ where, ms: us / 1000, share: busyUs === 0 ? 0 : us / busyUs }))
    .sort((one, other) => other.ms - one.ms)
}

const startUpMs = 1500

/** One table for each profile in the folder, newest last. */
export const profileTables = (folder: string, most: number): string =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".cpuprofile"))
    .sort()
    .map((name) => {
      const profile = JSON.parse(readFileSync(join(folder, name), "utf8")) as CpuProfile
      const lines = selfTimes(profile, startUpMs)
        .slice(0, most)
        .map(
          ({ where, ms, share }) =>
            `  ${(share * 100).toFixed(1).padStart(5)} %  ${ms.toFixed(0).padStart(6)} ms  ${where}`
        )
      return [name, ...lines].join("\n")
    })
    .join("\n")
