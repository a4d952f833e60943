// The one file of the kernel that uses Node: a hash is a pure function, and the only one that identity needs.
import { createHash } from "node:crypto"

/** SHA-256 of a text in UTF-8, 64 hexadecimal digits. */
export const sha256Hex = (text: string): string => createHash("sha256").update(text).digest("hex")

/** SHA-256 of bytes, 64 hexadecimal digits. */
export const sha256OfBytes = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")
