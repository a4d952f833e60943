import { defaultBytesOf } from "./stream-bytes.ts"

/**
 * What a stream must be, in the server's own names and units, so that it can be declared and compared as it stands.
 * Units: `max_age` is nanoseconds, 0 = for ever; a maximum of -1 is none.
 */
export interface StreamShape {
  readonly name: string
  readonly subjects: Array<string>
  readonly storage: "file"
  readonly retention: "limits"
  readonly discard: "old" | "new"
  readonly max_age: number
  readonly max_bytes: number
  readonly max_msgs: number
  readonly max_msgs_per_subject: number
  readonly num_replicas: number
  readonly allow_direct: boolean
  /** The form of its messages, for consumers. */
  readonly metadata?: Record<string, string>
}

/** A stream as a server describes it. */
export type FoundStream = {
  readonly [Field in keyof StreamShape]?: unknown
} & { readonly no_ack?: boolean | undefined; readonly sealed?: boolean | undefined }

/**
 * One field in which a stream is not what was declared; `found` and `wanted` as people read them.
 * `breaks`: ticks would be stored elsewhere or nowhere, acknowledged without being safe, or be unreadable.
 * `fixed`: no server changes it in a stream that exists.
 */
export interface StreamDifference {
  readonly field: string
  readonly found: string
  readonly wanted: string
  readonly breaks: boolean
  readonly fixed: boolean
}

const unlimited = (value: unknown): boolean => value === undefined || Number(value) <= 0
const numberText = (value: unknown): string => (unlimited(value) ? "unlimited" : Number(value).toLocaleString("en-US"))
const ageText = (value: unknown): string => {
  if (unlimited(value)) return "unlimited"
  const seconds = Number(value) / 1e9
  return seconds % 3600 === 0 ? `${seconds / 3600} h` : `${seconds} s`
}
const subjectsText = (value: unknown): string => (Array.isArray(value) ? [...value].sort().join(" ") : "")

interface Rule {
  readonly text: (value: unknown) => string
  readonly breaks: boolean
  readonly fixed: boolean
}
const limit = { text: numberText, breaks: false, fixed: false }

/** Source for what a server changes in place: nats-server, `server/stream.go`, `configUpdateCheck`. */
const rules: ReadonlyArray<readonly [keyof StreamShape, Rule]> = [
  ["subjects", { text: subjectsText, breaks: true, fixed: false }],
  ["storage", { text: String, breaks: true, fixed: true }],
  ["retention", { text: String, breaks: true, fixed: true }],
  ["discard", { text: String, breaks: true, fixed: false }],
  ["max_age", { ...limit, text: ageText }],
  ["max_bytes", limit],
  ["max_msgs", limit],
  ["max_msgs_per_subject", limit],
  ["num_replicas", { ...limit, text: (value) => String(value ?? 1) }],
  ["allow_direct", { ...limit, text: (value) => String(value === true) }]
]

/** What a stream without a mark holds: tickd marked none while it had no other form. */
const unmarked: Readonly<Record<string, string>> = {
  "tickd.content_type": "application/json",
  "tickd.schema": "1"
}

/** Differences in the form of the messages: two forms in one stream would leave its consumers guessing. */
export const formDifferences = (found: FoundStream, wanted: StreamShape): ReadonlyArray<StreamDifference> =>
  Object.entries(wanted.metadata ?? {}).flatMap(([field, wants]) => {
    const marked = (found.metadata as Readonly<Record<string, string>> | undefined)?.[field]
    const has = marked ?? unmarked[field] ?? "nothing"
    if (has === wants) return []
    const mark = marked === undefined ? "not marked, which means " : ""
    return [{ field, found: `${mark}${has}`, wanted: wants, breaks: true, fixed: true }]
  })

/** The shape with the bound that its stream is made with. */
export const boundedShape = (wanted: StreamShape): StreamShape =>
  wanted.max_bytes > 0 ? wanted : { ...wanted, max_bytes: defaultBytesOf(wanted.name) ?? -1 }

/** A bound that is not configured may be any; only a stream that should have one and has none differs. */
const mayDiffer = (field: keyof StreamShape, found: FoundStream, wanted: StreamShape): boolean =>
  field === "max_bytes" && wanted.max_bytes <= 0 && !unlimited(found.max_bytes)

/** Everything in which a stream is not what was declared; the form of its messages comes last. */
export const differencesOf = (found: FoundStream, wanted: StreamShape): ReadonlyArray<StreamDifference> => {
  const differences: Array<StreamDifference> = []
  const bounded = boundedShape(wanted)
  for (const [field, { text, breaks, fixed }] of rules) {
    const [has, wants] = [text(found[field]), text(bounded[field])]
    if (has !== wants && !mayDiffer(field, found, wanted))
      differences.push({ field, found: has, wanted: wants, breaks, fixed })
  }
  for (const field of ["no_ack", "sealed"] as const) {
    if (found[field] !== true) continue
    differences.push({ field, found: "true", wanted: "false", breaks: true, fixed: field === "sealed" })
  }
  return [...differences, ...formDifferences(found, wanted)]
}

/** `max_age is 1 h instead of 120 h; …` */
export const differenceText = (differences: ReadonlyArray<StreamDifference>): string =>
  differences.map(({ field, found, wanted }) => `${field} is ${found} instead of ${wanted}`).join("; ")

/** A KV bucket is a stream with a name and subjects of its own. */
export const bucketStream = (bucket: string): string => `KV_${bucket}`

/** What a new stream is made with. A KV bucket has the flags that its clients count on. */
export const creationOf = (shape: StreamShape) => ({
  ...boundedShape(shape),
  ...(shape.name.startsWith(bucketStream("")) && {
    allow_rollup_hdrs: true,
    deny_delete: true,
    max_msg_size: bucketValueBytes
  })
})
const bucketValueBytes = 65_536
