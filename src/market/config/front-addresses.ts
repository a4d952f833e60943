import { Schema } from "effect"
import { hasControlCharacter } from "../../kernel/instrument/instrument-text.ts"

/** Comma-separated parts, without blanks. */
export const listOf = (text: string | undefined): ReadonlyArray<string> =>
  (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")

/** Comma-separated addresses; `host:port` gets the scheme that the vendor's libraries require. */
export const frontAddressesOf = (text: string | undefined): ReadonlyArray<string> =>
  listOf(text).map((address) => (address.includes("://") ? address : `tcp://${address}`))

/** A host name has 253 bytes at most (RFC 1035). */
const hostBytesMax = 253
/** More fronts than any broker has; each is an argument of the worker. */
const addressesMax = 64

const isPort = (text: string) => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535

/**
 * Why an address cannot be passed to the vendor's library; undefined when it can. The library crashes on some
 * addresses.
 */
const addressProblem = (address: string, schemes: ReadonlyArray<string>): string | undefined => {
  const [scheme = "", rest = ""] = address.split("://", 2)
  const expected = `expected ${schemes.map((one) => `${one}://HOST:PORT`).join(" or ")}`
  if (scheme === "bench" && schemes.includes("bench")) {
    return /^\d{1,9}:\d{1,9}:\d{1,12}(:\d{1,9})?$/.test(rest) ? undefined : "expected bench://INSTRUMENTS:RATE:COUNT"
  }
  if (!schemes.includes(scheme)) return `no library supports "${scheme}://": ${expected}`
  const colon = rest.lastIndexOf(":")
  const host = rest.slice(0, colon)
  if (colon <= 0 || /[\s:/]/.test(host) || hasControlCharacter(host) || host.length > hostBytesMax) return expected
  return isPort(rest.slice(colon + 1)) ? undefined : `${rest.slice(colon + 1)} is not a port: expected 1 to 65535`
}

/** The addresses of a front. Refuses those that would crash the library. */
export const frontAddressList = (schemes: ReadonlyArray<string>) =>
  Schema.String.check(
    Schema.makeFilter((text: string) => {
      const addresses = frontAddressesOf(text)
      if (addresses.length === 0) return "expected tcp://HOST:PORT, or several of these with commas between"
      if (addresses.length > addressesMax) return `expected at most ${addressesMax} addresses`
      const problems = addresses.flatMap((address) => {
        const problem = addressProblem(address, schemes)
        return problem === undefined ? [] : [addresses.length === 1 ? problem : `${address}: ${problem}`]
      })
      return problems.length === 0 ? undefined : problems.join(", ")
    })
  )
