/** What OpenSSL and the official client say when there is no trust between client and server. */
const distrust =
  /certificate|self.signed|altnames|\bCERT_|\bSSL\b|does not support 'tls'|is not available on this server/i

/** The text of a failed connection means that TLS was refused, by either side, and not that the server is away. */
export const isDistrust = (text: string): boolean => distrust.test(text)

/** The seed in a file that may hold comments beside it, as `nk` and `nsc` write them; undefined when there is none. */
export const nkeySeedIn = (text: string): string | undefined => /\bSU[A-Z2-7]{56}\b/.exec(text)?.[0]
