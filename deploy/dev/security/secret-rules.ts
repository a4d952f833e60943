// What a secret looks like. A rule finds a value in a text; `value` is the group that is reported, never in full.

interface SecretRule {
  readonly name: string
  /** With the flag g, and a group `value`. */
  readonly pattern: RegExp
  /** A text without any of these words is not searched. */
  readonly words: ReadonlyArray<string>
  readonly accept?: (value: string) => boolean
}

/** Bits of a character: 4 for random hexadecimal digits, under 3 for most words. */
const entropy = (text: string): number => {
  const counts = new Map<string, number>()
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0)
}

/** A reference to a value, or a word that stands for one. */
const placeholder = /^[<$%{[(*.…]|[${}<>]|^(?:x+|\*+|_+|0+|-+)$|change[-_]?me|replace|example|your[-_]|redacted/i

const literal = (value: string) => !placeholder.test(value)

/** Long, of mixed characters, and no sentence, path or name in one case. */
const random = (value: string) =>
  literal(value) && /\d/.test(value) && /[A-Za-z]/.test(value) && !/[\s/:]/.test(value) && entropy(value) >= 3.5

const secretRules: ReadonlyArray<SecretRule> = [
  {
    name: "private key",
    words: ["PRIVATE KEY-----"],
    pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:\s|\\[nr])*(?<value>[A-Za-z\d+/=]{32,})/g
  },
  { name: "age key", words: ["AGE-SECRET-KEY-1"], pattern: /(?<value>AGE-SECRET-KEY-1[\dA-Z]{58})/g },
  { name: "NATS seed", words: ["S"], pattern: /\b(?<value>S[UAOCNX][A-Z2-7]{56})\b/g },
  {
    name: "token of a code host or registry",
    words: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "npm_"],
    pattern: /\b(?<value>gh[pousr]_[A-Za-z\d]{36,}|github_pat_\w{40,}|glpat-[\w-]{20,}|npm_[A-Za-z\d]{36})\b/g
  },
  { name: "Slack token", words: ["xox"], pattern: /\b(?<value>xox[abprs]-[\w-]{20,})/g },
  { name: "AWS key", words: ["AKIA", "ASIA"], pattern: /\b(?<value>(?:AKIA|ASIA)[A-Z\d]{16})\b/g },
  {
    name: "Alpaca key",
    words: ["PK", "AK", "CK"],
    pattern: /\b(?<value>[PAC]K[A-Z\d]{18}(?:[A-Z\d]{6})?)\b/g,
    accept: (value) => /\d/.test(value) && entropy(value) >= 3
  },
  {
    name: "Alpaca secret",
    words: ["APCA", "ALPACA", "alpaca"],
    pattern: /(?:APCA|ALPACA)\w*SECRET\w*["']?\s*[:=]\s*["']?(?<value>[A-Za-z\d/+]{32,64})\b/gi
  },
  { name: "JSON web token", words: ["eyJ"], pattern: /\b(?<value>eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,})/g },
  {
    name: "address of a chat robot",
    words: ["access_token=", "webhook/send?key=", "/bot/v2/hook/"],
    pattern: /(?:access_token=|webhook\/send\?key=|\/bot\/v2\/hook\/)(?<value>[\da-f-]{36,64})/g
  },
  {
    // Brokers' passwords are short and often digits only: each literal counts.
    name: "CTP password or authentication code",
    words: ["CTP_"],
    pattern:
      /\bCTP_\w*(?:PASSWORD|AUTH_CODE)["']?[^\S\n]*[:=][^\S\n]*(?:"(?<a>[^"\n]{6,64})"|'(?<b>[^'\n]{6,64})'|(?<c>[^\s"'`,;)}]{6,64}))/g,
    accept: (value) => literal(value) && !/[\s().?|\\]|^\/(?:etc|run)\//.test(value)
  },
  {
    name: "password in an address",
    words: ["://"],
    pattern: /\b[a-z][a-z+]{2,9}:\/\/[\w.-]{1,40}:(?<value>[^\s/@:"'`]{8,})@/g,
    accept: random
  },
  {
    name: "random value of a secret name",
    words: ["assword", "ASSWORD", "ecret", "ECRET", "oken", "OKEN", "KEY", "ey", "uthCode", "AUTH_CODE"],
    pattern:
      /(?:password|passwd|secret|token|api_?key|auth_?code|private_?key)\w{0,20}["']?[^\S\n]{0,3}(?:[:=]|=>)[^\S\n]{0,3}(?:"(?<a>[^"\n]{12,128})"|'(?<b>[^'\n]{12,128})'|(?<c>[\w+/=-]{16,128}))/gi,
    accept: random
  }
]

interface SecretFound {
  readonly rule: string
  readonly value: string
  readonly line: number
}

export const secretsIn = (text: string): ReadonlyArray<SecretFound> =>
  secretRules.flatMap(({ accept = literal, name, pattern, words }) => {
    if (!words.some((word) => text.includes(word))) return []
    return [...text.matchAll(pattern)].flatMap(({ groups = {}, index }) => {
      const value = Object.values(groups).find((group) => group !== undefined) ?? ""
      return accept(value) ? [{ rule: name, value, line: text.slice(0, index).split("\n").length }] : []
    })
  })

/** Enough to find the place, too little to use it. */
export const shown = (value: string): string => `"${value.slice(0, 3)}…" of ${value.length} characters`
