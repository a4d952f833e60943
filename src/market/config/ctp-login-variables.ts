import { Effect, Schema } from "effect"
import { maskAccount } from "../../kernel/instrument/account-mask.ts"
import type { Secret } from "../../kernel/secret.ts"
import { ConfigError, settingsOf } from "./config-error.ts"
import { secretOrFile, type UnreadSecret } from "./contract-settings.ts"
import { ctpBytes, ctpText, plainText } from "./ctp-text.ts"
import { frontAddressesOf, frontAddressList } from "./front-addresses.ts"

/**
 * `host:port`, or an address with a scheme of the library; `bench://INSTRUMENTS:RATE:COUNT` for the simulated
 * library.
 */
const frontAddresses = frontAddressList(["tcp", "ssl", "bench"])

/** The feeds of a daemon, the default one first. */
export const feedNames = ["primary", "backup"] as const
export type FeedName = (typeof feedNames)[number]

/** The preferred feed; `auto` is `primary`. The two other names are those of the reference service. */
const routes = ["primary", "backup", "auto"] as const
const routeAliases = ["ACTIVE_FEED", "SESSION_CONFIG"] as const

/** The variables of the fronts, one login for each feed. */
export const frontVariables = {
  CTP_PRIMARY_MD_ADDRESS: Schema.optionalKey(frontAddresses),
  CTP_PRIMARY_BROKER_ID: Schema.optionalKey(ctpText(ctpBytes.brokerId)),
  CTP_PRIMARY_USER_ID: Schema.optionalKey(ctpText(ctpBytes.userId)),
  CTP_PRIMARY_PASSWORD: Schema.optionalKey(ctpText(ctpBytes.password)),
  CTP_PRIMARY_PASSWORD_FILE: Schema.optionalKey(plainText(4095)),
  CTP_BACKUP_MD_ADDRESS: Schema.optionalKey(frontAddresses),
  CTP_BACKUP_BROKER_ID: Schema.optionalKey(ctpText(ctpBytes.brokerId)),
  CTP_BACKUP_USER_ID: Schema.optionalKey(ctpText(ctpBytes.userId)),
  CTP_BACKUP_PASSWORD: Schema.optionalKey(ctpText(ctpBytes.password)),
  CTP_BACKUP_PASSWORD_FILE: Schema.optionalKey(plainText(4095)),
  CTP_ROUTE_SELECTOR: Schema.optionalKey(Schema.String)
} as const

const Variables = Schema.Struct(frontVariables)
type Variables = typeof Variables.Type

/** The login of one feed. */
export interface FrontProfile {
  readonly feed: FeedName
  readonly addresses: ReadonlyArray<string>
  readonly brokerId: string
  readonly userId: string
  readonly password: Secret
}

/** The logins of a daemon, `primary` first. */
export type FrontProfiles = readonly [FrontProfile, ...ReadonlyArray<FrontProfile>]

/** Masked user ids for the log: by feed, and all together for lines about the whole daemon. */
export interface MaskedAccounts {
  readonly account: string
  readonly accounts: ReadonlyMap<string, string>
}

export const maskedAccounts = (profiles: FrontProfiles): MaskedAccounts => {
  const accounts = new Map<string, string>(profiles.map(({ feed, userId }) => [feed, maskAccount(userId)]))
  return { account: [...new Set(accounts.values())].join(","), accounts }
}

type Known = Readonly<Record<string, string>>

/** Variables of a feed's login that are not set, under the names that an operator has to write. */
const missingOf = (known: Known, feed: "PRIMARY" | "BACKUP"): ReadonlyArray<string> => [
  ...(["MD_ADDRESS", "BROKER_ID", "USER_ID"] as const)
    .map((part) => `CTP_${feed}_${part}`)
    .filter((name) => known[name] === undefined),
  ...(known[`CTP_${feed}_PASSWORD`] === undefined && known[`CTP_${feed}_PASSWORD_FILE`] === undefined
    ? [`CTP_${feed}_PASSWORD (or CTP_${feed}_PASSWORD_FILE)`]
    : [])
]

const hasBackup = (known: Known): boolean => Object.keys(known).some((name) => name.startsWith("CTP_BACKUP_"))

export const missingOfPrimary = (known: Known): ReadonlyArray<string> => missingOf(known, "PRIMARY")

/** Faults of the second feed and of the choice between the two. The codes are those of the reference service. */
export const problemsOfRoute = (known: Known): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const missing = hasBackup(known) ? missingOf(known, "BACKUP") : []
  if (missing.length > 0) {
    problems.push(
      `incomplete_backup_profile missing=[${missing.join(", ")}]: set all of them, or no CTP_BACKUP_… variable`
    )
  }
  const route = known["CTP_ROUTE_SELECTOR"]?.toLowerCase()
  if (route === undefined) return problems
  if (!(routes as ReadonlyArray<string>).includes(route)) {
    problems.push(`invalid_route_selector allowed=[${routes.join(", ")}] provided=${JSON.stringify(route)}`)
  } else if (route === "backup" && !hasBackup(known)) {
    problems.push("CTP_ROUTE_SELECTOR is backup, and there is no second feed: set CTP_BACKUP_…, or choose primary")
  }
  return problems
}

/** The route in the spellings that the reference service accepts. */
export const routeOf = (env: Readonly<Record<string, string | undefined>>): string | undefined =>
  ["CTP_ROUTE_SELECTOR", ...routeAliases]
    .map((name) => env[name])
    .find((text) => text !== undefined && text.trim() !== "")

/** The preferred feed. */
export const preferredFeed = (set: Variables): FeedName =>
  set.CTP_ROUTE_SELECTOR?.toLowerCase() === "backup" ? "backup" : "primary"

/** The logins of a decoded environment in which no variable is missing. Errors: a password file that cannot be used. */
export const frontProfiles = Effect.fnUntraced(function* (
  set: Variables,
  unread: UnreadSecret = "fails"
): Effect.fn.Return<FrontProfiles, ConfigError> {
  const passwordOf = (name: "CTP_PRIMARY_PASSWORD" | "CTP_BACKUP_PASSWORD") =>
    settingsOf(() => secretOrFile(set[name], set[`${name}_FILE`], name, ctpBytes.password, unread))
  const primary: FrontProfile = {
    feed: "primary",
    addresses: frontAddressesOf(set.CTP_PRIMARY_MD_ADDRESS),
    brokerId: set.CTP_PRIMARY_BROKER_ID as string,
    userId: set.CTP_PRIMARY_USER_ID as string,
    password: yield* passwordOf("CTP_PRIMARY_PASSWORD")
  }
  if (set.CTP_BACKUP_MD_ADDRESS === undefined) return [primary]
  return [
    primary,
    {
      feed: "backup",
      addresses: frontAddressesOf(set.CTP_BACKUP_MD_ADDRESS),
      brokerId: set.CTP_BACKUP_BROKER_ID as string,
      userId: set.CTP_BACKUP_USER_ID as string,
      password: yield* passwordOf("CTP_BACKUP_PASSWORD")
    }
  ]
})
