/** A NATS URL, or several with commas, as it may be shown: what stands before `@` is a secret. */
export const publicUrl = (url: string): string =>
  url
    .split(",")
    .map((one) => one.trim().replace(/^([a-z+]+:\/\/)?.*@/i, "$1"))
    .join(",")
