import { readFileSync } from "node:fs"
import { frontAddressesOf } from "./front-addresses.ts"

/**
 * Address schemes that not every library supports, and the bytes that a library with support contains: the scheme's
 * name between two NULs, or followed by `://`. Only the simulated library has `bench://`. A library crashes on an
 * unknown scheme.
 */
const marks = {
  ssl: ["\0ssl\0", "ssl://"],
  bench: ["tickd_sim_pace_with"]
} as const

const pairs = [
  ["CTP_PRIMARY_MD_ADDRESS", "CTP_MD_LIBRARY"],
  ["CTP_BACKUP_MD_ADDRESS", "CTP_MD_LIBRARY"],
  ["CTP_PRIMARY_TD_ADDRESS", "CTP_TD_LIBRARY"]
] as const

const bytesOf = (path: string): Buffer | undefined => {
  try {
    return readFileSync(path)
  } catch {
    // A missing library is reported by the code that loads it.
    return undefined
  }
}

/**
 * One sentence for each address whose scheme the configured library does not support. Reads the library only when an
 * address has such a scheme.
 */
export const problemsOfSchemes = (known: Readonly<Record<string, string>>): ReadonlyArray<string> =>
  pairs.flatMap(([variable, library]) => {
    const path = known[library]
    if (path === undefined) return []
    return (["ssl", "bench"] as const).flatMap((scheme) => {
      if (!frontAddressesOf(known[variable]).some((address) => address.startsWith(`${scheme}://`))) return []
      const bytes = bytesOf(path)
      if (bytes === undefined || marks[scheme].some((mark) => bytes.includes(mark))) return []
      return [`${variable} has an address with ${scheme}://, which the library ${path} does not know: expected tcp://`]
    })
  })
