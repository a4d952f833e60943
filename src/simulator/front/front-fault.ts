import { Result } from "effect"
import { FrontError } from "./front-error.ts"

/**
 * Faults of the simulated exchange for drills. `drop`, `silent`, `reset`, `garbage`, `slow`, `duplicate` affect the
 * sessions that are open at that moment; the others are states of the front and last until they are turned off.
 */
export type FrontFault =
  | { readonly type: "drop" }
  /** `seconds` absent: until the session ends; 0: end the silence. */
  | { readonly type: "silent"; readonly seconds: number | undefined }
  | { readonly type: "reset" }
  | { readonly type: "garbage" }
  /** `bytesPerSecond` absent: full speed again. */
  | { readonly type: "slow"; readonly bytesPerSecond: number | undefined }
  /** `errorId` absent: logins are accepted again. */
  | { readonly type: "reject-logins"; readonly errorId: number | undefined }
  | { readonly type: "no-login-answer"; readonly on: boolean }
  /** Logins with another password are refused; absent: any password is accepted. */
  | { readonly type: "password"; readonly password: string | undefined }
  | { readonly type: "stop-instrument"; readonly instrumentId: string }
  | { readonly type: "start-instrument"; readonly instrumentId: string }
  /** The next `count` requested instruments are refused, now and at each later request; 0: none any more. */
  | { readonly type: "reject-instruments"; readonly count: number; readonly errorId: number }
  | { readonly type: "duplicate"; readonly ticks: number }
  | { readonly type: "stale-snapshot"; readonly on: boolean }
  | { readonly type: "refuse"; readonly on: boolean }
  | { readonly type: "help" }

/** Source: error.xml, INSTRUMENT_NOT_FOUND. */
const noSuchInstrument = 16

/** Maximum number of ticks for `duplicate`: what a session remembers. */
export const duplicateTicksMax = 1_000

const commands: ReadonlyArray<readonly [usage: string, meaning: string]> = [
  ["drop", "close every connection (the library reports 0x1001)"],
  ["silent [SECONDS]", "keep the connections but send and answer nothing; 0 ends it"],
  ["reset", "reset every connection (RST)"],
  ["garbage", "send bytes that are not a frame (the library reports 0x2003)"],
  ["slow BYTES_PER_S|off", "limit each connection to this many bytes a second"],
  ["reject-logins ERROR_ID|off", "answer every login with this error"],
  ["no-login-answer on|off", "never answer a login"],
  ["password TEXT|off", "refuse logins with another password (error 3); links that are logged in stay"],
  ["stop-instrument ID", "send no ticks of this instrument"],
  ["start-instrument ID", "send its ticks again"],
  [
    "reject-instruments N [ERROR]",
    "refuse the next N requested instruments (error 16), at each request; 0 accepts all"
  ],
  ["duplicate N", `send the last N ticks (at most ${duplicateTicksMax}) of each connection again`],
  ["stale-snapshot on|off", "send the last known tick first when an instrument is subscribed, as real fronts do"],
  ["refuse on|off", "refuse new connections; live ones stay"],
  ["help", "print this list"]
]

/** The commands as text, one on each line. */
export const frontFaultHelp: string = commands.map(([usage, meaning]) => `${usage.padEnd(31)}${meaning}`).join("\n")

const names = commands.map(([usage]) => usage.split(" ", 1)[0]).join(", ")

/**
 * Parses a command line such as `silent 30`.
 * Errors: FRONT_FAULT_UNKNOWN names the known commands; FRONT_FAULT_INVALID shows the right form.
 */
export const parseFrontFault = (line: string): Result.Result<FrontFault, FrontError> => {
  const [name = "", ...words] = line.trim().split(/\s+/)
  const command = commands.find(([usage]) => usage.split(" ", 1)[0] === name)
  if (command === undefined) {
    const code = "FRONT_FAULT_UNKNOWN"
    return Result.fail(
      new FrontError({ code, message: `"${name}" is not a command of the front; use one of ${names}` })
    )
  }
  // Codes of combinations contain spaces: `stop-instrument SP a2501&a2505`.
  const rest = words.length === 0 ? undefined : words.join(" ")
  const fault = read(name, rest)
  if (fault !== undefined) return Result.succeed(fault)
  const given = rest === undefined ? "without a value" : `with "${rest}"`
  return Result.fail(
    new FrontError({ code: "FRONT_FAULT_INVALID", message: `${name} ${given} is not valid; write "${command[0]}"` })
  )
}

const read = (name: string, word: string | undefined): FrontFault | undefined => {
  switch (name) {
    case "drop":
    case "reset":
    case "garbage":
    case "help":
      return word === undefined ? { type: name } : undefined
    case "silent": {
      if (word === undefined) return { type: name, seconds: undefined }
      const seconds = numberIn(word, 0, 86_400)
      return seconds === undefined ? undefined : { type: name, seconds }
    }
    case "slow": {
      if (word === "off") return { type: name, bytesPerSecond: undefined }
      const bytesPerSecond = integerIn(word, 1, 2 ** 31)
      return bytesPerSecond === undefined ? undefined : { type: name, bytesPerSecond }
    }
    case "reject-logins": {
      if (word === "off") return { type: name, errorId: undefined }
      const errorId = integerIn(word, 1, 2 ** 31 - 1)
      return errorId === undefined ? undefined : { type: name, errorId }
    }
    case "password":
      return word === undefined ? undefined : { type: name, password: word === "off" ? undefined : word }
    case "reject-instruments": {
      const [first, second = String(noSuchInstrument)] = (word ?? "").split(" ")
      const count = integerIn(first, 0, 1_000_000)
      const errorId = integerIn(second, 1, 2 ** 31 - 1)
      return count === undefined || errorId === undefined ? undefined : { type: name, count, errorId }
    }
    case "duplicate": {
      const ticks = integerIn(word, 1, duplicateTicksMax)
      return ticks === undefined ? undefined : { type: name, ticks }
    }
    case "stop-instrument":
    case "start-instrument":
      return word === undefined ? undefined : { type: name, instrumentId: word }
    case "no-login-answer":
    case "stale-snapshot":
    case "refuse":
      return word === "on" || word === "off" ? { type: name, on: word === "on" } : undefined
    default:
      return undefined
  }
}

const numberIn = (word: string, low: number, high: number): number | undefined => {
  const value = /^\d+(\.\d+)?$/.test(word) ? Number(word) : Number.NaN
  return value >= low && value <= high ? value : undefined
}

const integerIn = (word: string | undefined, low: number, high: number): number | undefined => {
  const value = numberIn(word ?? "", low, high)
  return value !== undefined && Number.isInteger(value) ? value : undefined
}
