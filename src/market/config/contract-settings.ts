import { readFileSync } from "node:fs"
import { Schema } from "effect"
import { Secret } from "../../kernel/secret.ts"
import { cureOf, systemCodeOf } from "../../kernel/system-fault.ts"
import { ctpBytes, ctpText, ctpTextProblem, plainText } from "./ctp-text.ts"
import { frontAddressesOf, frontAddressList, listOf } from "./front-addresses.ts"

const whole = (minimum: number, maximum: number) =>
  Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum }))

/** The library appends its own file names in buffers of unknown size: 200 bytes leave room in 256. */
export const flowFolder = plainText(200)
/** Holds the flow folder unless that has its own setting. */
export const stateFolder = plainText(190)

/** The variables of the contract catalogue, with their form. */
export const contractVariables = {
  TICKD_CONTRACTS: Schema.optionalKey(Schema.String),
  TICKD_CONTRACTS_KEEP_DAYS: Schema.optionalKey(whole(2, 3650)),
  CTP_TD_LIBRARY: Schema.optionalKey(plainText(4095)),
  CTP_TD_LIST_TIMEOUT_MS: Schema.optionalKey(whole(100, 600_000)),
  CTP_PRIMARY_TD_ADDRESS: Schema.optionalKey(frontAddressList(["tcp", "ssl"])),
  CTP_PRIMARY_APP_ID: Schema.optionalKey(ctpText(ctpBytes.appId)),
  CTP_PRIMARY_AUTH_CODE: Schema.optionalKey(ctpText(ctpBytes.authCode)),
  CTP_PRIMARY_AUTH_CODE_FILE: Schema.optionalKey(plainText(4095))
}

/** Further variables that `tickd contracts` needs. `tickd run` reads them anyway. */
const sharedVariables = {
  TICKD_STATE_DIR: Schema.optionalKey(stateFolder),
  TICKD_CALENDAR: Schema.optionalKey(Schema.String),
  CTP_FLOW_DIR: Schema.optionalKey(flowFolder),
  CTP_PRODUCTION_MODE: Schema.optionalKey(Schema.Literals(["0", "1", "true", "false"])),
  CTP_CONNECT_TIMEOUT_MS: Schema.optionalKey(whole(100, 3_600_000)),
  CTP_LOGIN_TIMEOUT_MS: Schema.optionalKey(whole(100, 600_000)),
  CTP_PRIMARY_BROKER_ID: Schema.optionalKey(ctpText(ctpBytes.brokerId)),
  CTP_PRIMARY_USER_ID: Schema.optionalKey(ctpText(ctpBytes.userId)),
  CTP_PRIMARY_PASSWORD: Schema.optionalKey(ctpText(ctpBytes.password)),
  CTP_PRIMARY_PASSWORD_FILE: Schema.optionalKey(plainText(4095))
}

export const ContractEnvironment = Schema.Struct({ ...contractVariables, ...sharedVariables })

/** A trader front that serves the contract list. */
export interface TraderSettings {
  readonly library: string
  readonly addresses: ReadonlyArray<string>
  readonly brokerId: string
  readonly userId: string
  readonly password: Secret
  /** Empty: the front requires no authentication. */
  readonly appId: string
  readonly authCode: Secret
  readonly production: boolean
  readonly flowDir: string
  readonly connectTimeoutMs: number
  readonly answerTimeoutMs: number
  readonly listTimeoutMs: number
}

export interface ContractSettings {
  /** Folder of the versions. */
  readonly folder: string
  readonly keepDays: number
  readonly files: ReadonlyArray<string>
  readonly calendarFile: string | undefined
  /** Undefined: contract lists come from files only. */
  readonly trader: TraderSettings | undefined
}

/** Variables that a trader front needs and that are not set. Empty when no trader library is configured. */
export const missingForTrader = (known: Readonly<Record<string, string>>): ReadonlyArray<string> => {
  if (known["CTP_TD_LIBRARY"] === undefined) return []
  const wanted = ["CTP_PRIMARY_TD_ADDRESS", "CTP_PRIMARY_BROKER_ID", "CTP_PRIMARY_USER_ID"]
  const [app, code] = [
    known["CTP_PRIMARY_APP_ID"],
    known["CTP_PRIMARY_AUTH_CODE"] ?? known["CTP_PRIMARY_AUTH_CODE_FILE"]
  ]
  return [
    ...wanted.filter((name) => known[name] === undefined),
    ...(known["CTP_PRIMARY_PASSWORD"] === undefined && known["CTP_PRIMARY_PASSWORD_FILE"] === undefined
      ? ["CTP_PRIMARY_PASSWORD (or CTP_PRIMARY_PASSWORD_FILE)"]
      : []),
    ...(app !== undefined && code === undefined ? ["CTP_PRIMARY_AUTH_CODE (or CTP_PRIMARY_AUTH_CODE_FILE)"] : []),
    ...(app === undefined && code !== undefined ? ["CTP_PRIMARY_APP_ID"] : [])
  ]
}

/** The file of a secret cannot be read now. It may be mounted, or become readable for this user, later. */
class SecretFileAway extends Error {}

const textOfFile = (file: string, name: string): string => {
  try {
    return readFileSync(file, "utf8").trim()
  } catch (cause) {
    const fix = cureOf(cause, "check that it exists and that this user may read it")
    throw new SecretFileAway(`${name}_FILE names ${file}, which cannot be read (${systemCodeOf(cause)}): ${fix}.`, {
      cause
    })
  }
}

/** What to do when a secret file cannot be read: fail at once, or return a secret that is read later. */
export type UnreadSecret = "fails" | "waits"

/**
 * A secret, given by its value or by a file. The file is read each time the secret is revealed, so that a new
 * password needs no restart.
 * Errors: throws a sentence with the variable's name when the text is longer than the vendor's field, or when the
 * file cannot be read and `unread` is `fails`.
 */
export const secretOrFile = (
  value: string | undefined,
  file: string | undefined,
  name: string,
  bytesMost: number,
  unread: UnreadSecret = "fails"
): Secret => {
  if (file === undefined) return new Secret(value ?? "")
  const read = (): string => {
    const text = textOfFile(file, name)
    const problem = ctpTextProblem(text, bytesMost)
    if (problem !== undefined) throw new Error(`${name}_FILE names ${file}, whose text ${problem}: correct the file.`)
    return text
  }
  try {
    return new Secret(read(), read)
  } catch (cause) {
    if (unread === "waits" && cause instanceof SecretFileAway) return new Secret(undefined, read)
    throw cause
  }
}

/**
 * Settings of a decoded environment for which `missingForTrader` returned nothing. Throws when a secret file is
 * faulty.
 */
export const contractSettings = (
  env: typeof ContractEnvironment.Type,
  unread: UnreadSecret = "fails"
): ContractSettings => {
  const stateDir = env.TICKD_STATE_DIR ?? ".state"
  const trader = (library: string): TraderSettings => ({
    library,
    addresses: frontAddressesOf(env.CTP_PRIMARY_TD_ADDRESS),
    brokerId: env.CTP_PRIMARY_BROKER_ID ?? "",
    userId: env.CTP_PRIMARY_USER_ID ?? "",
    password: secretOrFile(
      env.CTP_PRIMARY_PASSWORD,
      env.CTP_PRIMARY_PASSWORD_FILE,
      "CTP_PRIMARY_PASSWORD",
      ctpBytes.password,
      unread
    ),
    appId: env.CTP_PRIMARY_APP_ID ?? "",
    authCode: secretOrFile(
      env.CTP_PRIMARY_AUTH_CODE,
      env.CTP_PRIMARY_AUTH_CODE_FILE,
      "CTP_PRIMARY_AUTH_CODE",
      ctpBytes.authCode,
      unread
    ),
    production: env.CTP_PRODUCTION_MODE !== "0" && env.CTP_PRODUCTION_MODE !== "false",
    flowDir: env.CTP_FLOW_DIR ?? `${stateDir}/flow`,
    connectTimeoutMs: env.CTP_CONNECT_TIMEOUT_MS ?? 30_000,
    answerTimeoutMs: env.CTP_LOGIN_TIMEOUT_MS ?? 10_000,
    listTimeoutMs: env.CTP_TD_LIST_TIMEOUT_MS ?? 30_000
  })
  return {
    folder: `${stateDir}/contracts`,
    keepDays: env.TICKD_CONTRACTS_KEEP_DAYS ?? 30,
    files: listOf(env.TICKD_CONTRACTS),
    calendarFile: env.TICKD_CALENDAR,
    trader: env.CTP_TD_LIBRARY === undefined ? undefined : trader(env.CTP_TD_LIBRARY)
  }
}
