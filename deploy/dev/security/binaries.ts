// Programs and libraries have no place in the repository, and least of all the vendor's: its licence forbids to pass it
// on. Known by their first bytes, whatever their names are; compressed files are read, other archives are refused.
import { gunzipSync } from "node:zlib"

const unpackedMax = 64 * 1024 * 1024
const binaryName = /\.(?:so(?:\.\d+)*|dll|dylib|a|lib|o|obj|exe|jar|class|node|wasm|pyd)$/i
const vendorName = /thost(?:md|trader)|ThostFtdc\w*Api\w*\.(?:h|dtd|xml)$|error\.(?:dtd|xml)$/i
/** The head of each of the vendor's headers. The text beside it is in GBK, so the names of the fields are read. */
const vendorHead = /^\/{3}@company\b[^]*^\/{3}@file\s+ThostFtdc/m

const starts = (bytes: Buffer, hex: string, at = 0) =>
  bytes.subarray(at, at + hex.length / 2).equals(Buffer.from(hex, "hex"))

const programOf = (bytes: Buffer): string | undefined => {
  if (starts(bytes, "7f454c46")) return "an ELF program or library"
  if (starts(bytes, "213c617263683e0a")) return "a static library"
  if (["feedface", "feedfacf", "cefaedfe", "cffaedfe"].some((magic) => starts(bytes, magic))) return "a Mach-O program"
  if (starts(bytes, "cafebabe")) return "a Mach-O or Java program"
  if (starts(bytes, "0061736d")) return "a WebAssembly program"
  if (!starts(bytes, "4d5a") || bytes.length < 64) return undefined
  return starts(bytes, "50450000", bytes.readUInt32LE(60)) ? "a Windows program or library" : undefined
}

const archiveOf = (bytes: Buffer): string | undefined => {
  if (starts(bytes, "504b0304")) return "a zip archive"
  if (starts(bytes, "377abcaf271c")) return "a 7z archive"
  if (starts(bytes, "526172211a07")) return "a rar archive"
  if (starts(bytes, "fd377a585a00")) return "an xz archive"
  if (starts(bytes, "425a68") && starts(bytes, "314159265359", 4)) return "a bzip2 archive"
  return starts(bytes, "28b52ffd") ? "a zstd archive" : undefined
}

/** Entries of a tar archive: name and content. */
const tarEntries = (bytes: Buffer) => {
  const entries: Array<{ readonly name: string; readonly content: Buffer }> = []
  for (let at = 0; at + 512 <= bytes.length && starts(bytes, "7573746172", at + 257); ) {
    const text = (from: number, length: number) =>
      bytes.toString("latin1", at + from, at + from + length).replace(/\0.*$/s, "")
    const size = Number.parseInt(text(124, 12).trim() || "0", 8)
    if (!Number.isFinite(size)) break
    entries.push({ name: text(0, 100), content: bytes.subarray(at + 512, at + 512 + size) })
    at += 512 + Math.ceil(size / 512) * 512
  }
  return entries
}

/** Why a file must not be in the repository; undefined: nothing speaks against it. */
export const binaryFault = (
  path: string,
  bytes: Buffer,
  allowed: Readonly<Record<string, string>> = {}
): string | undefined => {
  const program = programOf(bytes)
  if (program !== undefined) return program
  if (vendorName.test(path)) return "a file of the vendor's archive by its name"
  if (bytes.includes("///@file") && vendorHead.test(bytes.toString("latin1"))) return "a header of the vendor"
  if (binaryName.test(path)) return "a program or library by its name"
  if (starts(bytes, "1f8b")) {
    let inner: Buffer
    try {
      inner = gunzipSync(bytes, { maxOutputLength: unpackedMax })
    } catch {
      return allowed[path] === undefined ? "a gzip file that cannot be read" : undefined
    }
    const inside = binaryFault(path.replace(/\.gz$/, "").replace(/\.tgz$/, ".tar"), inner, allowed)
    return inside === undefined ? undefined : `a gzip file with ${inside}`
  }
  for (const { content, name } of tarEntries(bytes)) {
    const inside = binaryFault(name, content)
    if (inside !== undefined) return `an archive whose ${name} is ${inside}`
  }
  const archive = archiveOf(bytes)
  return archive === undefined || allowed[path] !== undefined ? undefined : archive
}
