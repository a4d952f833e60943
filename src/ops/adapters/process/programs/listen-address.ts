import { networkInterfaces } from "node:os"
import { Effect } from "effect"
import { RuntimeError } from "../../../ports/runtime.ts"

export interface ListenAddress {
  readonly host: string
  readonly port: number
  /** `HOST:PORT`, an IPv6 address in brackets. */
  readonly text: string
  /** Path before every route, such as `/prometheus`; empty without one. */
  readonly prefix: string
}

const hostOf = ({ hostname }: URL): string => {
  const named = hostname.replace(/^\[|\]$/g, "")
  return named === "localhost" ? "127.0.0.1" : named
}

const isOfThisMachine = (host: string): boolean =>
  /^127(?:\.\d+){3}$|^::1$/.test(host) ||
  Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === host))

/** A plain program serves this address, and on this machine. */
export const isServedHere = (url: string): boolean => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  return parsed?.protocol === "http:" && isOfThisMachine(hostOf(parsed))
}

/**
 * Where a program must listen to be reached under a URL. Fails when the URL names another machine, or a form that a
 * plain program does not serve.
 */
export const listenAddress = Effect.fnUntraced(function* (variable: string, url: string) {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !isServedHere(url)) {
    return yield* new RuntimeError({
      message: `${variable} names ${parsed?.origin ?? "no address"}, which cannot be started on this machine: set it to an http:// address of this machine, or set MANAGE_MONITORING=0.`
    })
  }
  const host = hostOf(parsed)
  const port = parsed.port === "" ? 80 : Number(parsed.port)
  const address: ListenAddress = {
    host,
    port,
    text: host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`,
    prefix: parsed.pathname.replace(/\/+$/, "")
  }
  return address
})
