/** The words of an error, for a sentence of ours: its message, or the whole of it as text where it has none. */
export const errorText = (error: unknown): string => {
  const message =
    typeof error === "object" && error !== null ? (error as { readonly message?: unknown }).message : undefined
  return typeof message === "string" && message !== "" ? message : String(error)
}

/** What was thrown, as an error: JavaScript lets anything be thrown. */
export const toError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))
