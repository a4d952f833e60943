import { readFileSync } from "node:fs"
import { systemCodeOf } from "../../kernel/system-fault.ts"

/** Families of CTP whose ticks and callbacks the worker knows; it decides for good when it loads the library. */
const knownVersion = /^v?6\.(?:3|5|6|7)\./i
/** What `GetApiVersion` returns, as it stands in the file: `V6.7.8_20240918 14:33:12`. */
const versionText = /(?<![\w.])v6\.\d+\.\d+_?[\w .:]{0,40}/i

/** Why the vendor's library cannot be used, from its file alone; undefined: nothing is known against it. */
export const libraryFault = (path: string): string | undefined => {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    return `The vendor library ${path} cannot be read (${systemCodeOf(cause)}): set CTP_MD_LIBRARY to the vendor's thostmduserapi_se.so`
  }
  const text = bytes.toString("latin1")
  if (!text.startsWith("\x7fELF")) {
    return `${path} is no library of this system: set CTP_MD_LIBRARY to the vendor's thostmduserapi_se.so`
  }
  if (!text.includes("CThostFtdcMdApi")) {
    return `${path} is not a CTP market-data library: set CTP_MD_LIBRARY to the thostmduserapi .so, not the trader's`
  }
  const version = versionText.exec(text)?.[0]?.trim()
  return version === undefined || knownVersion.test(version)
    ? undefined
    : `${path} is version ${version}, which is not supported: use a CTP library of 6.3, 6.5, 6.6 or 6.7`
}
