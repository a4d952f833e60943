import type { Effect, Schema } from "effect"
import type { Route } from "./admission/route.ts"
import type { Problem } from "./problem.ts"
import type { Caller } from "./tokens/authenticate.ts"

/** A request as an endpoint gets it: admitted, with its whole body. */
export interface ApiRequest {
  readonly caller: Caller | undefined
  /** Parts of the path, by their names in braces. */
  readonly params: Readonly<Record<string, string>>
  /** The last of several values of a name. */
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  readonly remoteAddress: string
}

/** `text`: as it is, with its type. Otherwise `body` is sent as JSON. */
export type ApiAnswer = { readonly status: number; readonly headers?: Readonly<Record<string, string>> } & (
  | { readonly body: unknown }
  | { readonly text: string; readonly contentType: string }
)

/** One path and method with what the document says of it and what it does. */
export interface Endpoint extends Route {
  readonly summary: string
  /** Name of the group in the document. */
  readonly tag: string
  readonly params: Schema.Struct.Fields
  readonly query: Schema.Struct.Fields
  readonly payload: Schema.Struct.Fields | undefined
  readonly success: { readonly status: number; readonly reply: Schema.Top; readonly more?: ReadonlyArray<number> }
  /** Status and codes of refusals beyond those of any request. */
  readonly problems: ReadonlyMap<number, ReadonlyArray<string>>
  readonly answer: (request: ApiRequest) => Effect.Effect<ApiAnswer, Problem>
}
