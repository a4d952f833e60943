/** Parts of a text with commas between them, without blanks. */
export const listOf = (text: string | undefined): ReadonlyArray<string> =>
  (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")

/** Addresses with commas between them; `host:port` gets the scheme that the vendor's libraries want. */
export const frontAddressesOf = (text: string | undefined): ReadonlyArray<string> =>
  listOf(text).map((address) => (/^[a-z]+:\/\//.test(address) ? address : `tcp://${address}`))
