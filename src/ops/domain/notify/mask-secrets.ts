/** Parts of a webhook's URL that give access to it: the token is in the path, the query, or before the host. */
export const secretsOfUrl = (url: string): ReadonlyArray<string> => {
  if (!URL.canParse(url)) return url === "" ? [] : [url]
  const { password, pathname, search, searchParams } = new URL(url)
  return [
    url,
    `${pathname}${search}`,
    search,
    password,
    ...searchParams.values(),
    ...pathname.split("/").filter((part) => part.length >= 8)
  ].filter((part) => part.length >= 6)
}

/** A URL as it may be shown: scheme and host. */
export const shownUrl = (url: string): string => (URL.canParse(url) ? `${new URL(url).origin}/***` : "***")

/** `text` with each secret replaced, the longest first: a shorter one may be a part of it. */
export const masked = (text: string, secrets: ReadonlyArray<string>): string =>
  secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .filter((secret) => secret.length >= 4)
    .toSorted((one, other) => other.length - one.length)
    .reduce((rest, secret) => rest.replaceAll(secret, "***"), text)
