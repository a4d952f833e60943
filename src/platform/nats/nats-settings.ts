import { Redacted } from "effect"
import type { NatsConnectionOptions } from "./connect.ts"

/** NATS name and credentials of this process on one of its two planes. Only the file names may be printed. */
export interface NatsIdentity {
  readonly user?: string | undefined
  readonly password?: Redacted.Redacted | undefined
  /** Read for each connection; goes before `password`. */
  readonly passwordFile?: string | undefined
  readonly nkeyFile?: string | undefined
  readonly tls?: NatsConnectionOptions["tls"] | undefined
  readonly inboxPrefix?: string | undefined
}

/** Identity on the control plane (queries, drills, events, snapshots) where it has its own server or user. */
export interface OpsIdentity extends NatsIdentity {
  readonly url?: string | undefined
}

/** The NATS variables, decoded or as in the shell; `NATS_OPS_…` for the control plane. */
export type NatsEnvironment = {
  readonly [N in
    | "NATS_URL"
    | "NATS_USER"
    | "NATS_PASSWORD"
    | "NATS_PASSWORD_FILE"
    | "NATS_NKEY_FILE"
    | "NATS_TLS_CA"
    | "NATS_TLS_CERT"
    | "NATS_TLS_KEY"
    | "NATS_INBOX_PREFIX"
    | "NATS_OPS_URL"
    | "NATS_OPS_USER"
    | "NATS_OPS_PASSWORD"
    | "NATS_OPS_PASSWORD_FILE"
    | "NATS_OPS_NKEY_FILE"
    | "NATS_OPS_INBOX_PREFIX"]?: string | undefined
}

/**
 * An empty or blank variable counts as not set, for the CLI as for the daemon, whose decoded variables are not all
 * strings.
 */
const setIn = (env: NatsEnvironment): NatsEnvironment =>
  Object.fromEntries(
    Object.entries(env).filter(([name, value]) => name.startsWith("NATS_") && String(value ?? "").trim() !== "")
  )

const redactedOf = (text: string | undefined) => (text === undefined ? undefined : Redacted.make(text))

const tlsOf = (env: NatsEnvironment): NatsConnectionOptions["tls"] => {
  const files = {
    ...(env.NATS_TLS_CA !== undefined && { caFile: env.NATS_TLS_CA }),
    ...(env.NATS_TLS_CERT !== undefined && { certFile: env.NATS_TLS_CERT }),
    ...(env.NATS_TLS_KEY !== undefined && { keyFile: env.NATS_TLS_KEY })
  }
  return Object.keys(files).length === 0 ? undefined : files
}

/** Identity for ticks. */
export const tickIdentity = (given: NatsEnvironment) => {
  const env = setIn(given)
  return {
    url: env.NATS_URL,
    user: env.NATS_USER,
    password: redactedOf(env.NATS_PASSWORD),
    passwordFile: env.NATS_PASSWORD_FILE,
    nkeyFile: env.NATS_NKEY_FILE,
    tls: tlsOf(env),
    inboxPrefix: env.NATS_INBOX_PREFIX
  }
}

/**
 * Identity on the control plane: the same as for ticks unless NATS_OPS_… sets one. Credentials are taken from one of
 * the two, never mixed; certificates are the same for both.
 */
export const opsIdentity = (given: NatsEnvironment): OpsIdentity => {
  const env = setIn(given)
  const { NATS_OPS_USER: user, NATS_OPS_NKEY_FILE: nkeyFile, NATS_OPS_PASSWORD_FILE: passwordFile } = env
  const password = redactedOf(env.NATS_OPS_PASSWORD)
  const shared = [user, password, passwordFile, nkeyFile].every((each) => each === undefined)
  const ticks = tickIdentity(env)
  return {
    ...(shared ? ticks : { user, password, passwordFile, nkeyFile }),
    url: env.NATS_OPS_URL,
    tls: ticks.tls,
    inboxPrefix: env.NATS_OPS_INBOX_PREFIX ?? (shared ? ticks.inboxPrefix : undefined)
  }
}

/** The same as connection options. */
export const connectionOf = (
  identity: NatsIdentity,
  server: { readonly url: string; readonly name: string }
): NatsConnectionOptions => ({
  ...server,
  ...(identity.user !== undefined && { user: identity.user }),
  ...(identity.password !== undefined && { pass: Redacted.value(identity.password) }),
  ...(identity.passwordFile !== undefined && { passFile: identity.passwordFile }),
  ...(identity.nkeyFile !== undefined && { nkeyFile: identity.nkeyFile }),
  ...(identity.tls !== undefined && { tls: identity.tls }),
  ...(identity.inboxPrefix !== undefined && { inboxPrefix: identity.inboxPrefix })
})
