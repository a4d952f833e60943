import { readFileSync } from "node:fs"
import { frontAddressesOf } from "./front-addresses.ts"

/**
 * Schemes that some libraries have, and what a library that has one holds: its name between two NULs, or with `://`
 * behind it. `bench://` is the simulated library's own. A library throws at a scheme that it does not have and dies.
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
    // A library that is not there is reported where it is loaded, with its own sentence.
    return undefined
  }
}

/** Addresses whose scheme the configured library does not have, a sentence each. Reads a library only when asked about one. */
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
