import { Schema, SchemaTransformation } from "effect"
import { decimalText, parseDecimal } from "../../kernel/decimal.ts"
import { boundedText } from "../control/command.ts"

// Fields of requests to a trading daemon. A value that is not what it must be is refused with a sentence, never
// clamped.

/** Longer than any text of a number that is meant. */
const digitsMax = 40
const numberText = Schema.Union([boundedText(digitsMax), Schema.Finite])

/** The one text of a number, or the text as it came, which the check after it refuses. */
const plainText = (value: string | number): string => {
  const text = String(value)
  const decimal = parseDecimal(text)
  return decimal === undefined ? text : decimalText(decimal)
}

const decimalField = (message: string, holds: (text: string) => boolean) =>
  numberText.pipe(
    Schema.decodeTo(
      Schema.String.check(
        Schema.makeFilter((text: string) => (parseDecimal(text) !== undefined && holds(text) ? undefined : message))
      ),
      SchemaTransformation.transform<string, string | number>({ decode: plainText, encode: (text) => text })
    )
  )

const isPositive = (text: string): boolean => !text.startsWith("-") && text !== "0"
/** Above 0 and at most 1. */
const isShare = (text: string): boolean => isPositive(text) && (text === "1" || text.startsWith("0."))

/** Shares, as exact decimal text or as a JSON number; decoded to the text without exponent and trailing zeros. */
export const Quantity = decimalField(
  'a number of shares above 0, such as 10 or "0.5": at most 18 digits before the point and 9 after it',
  isPositive
)
/** USD. Whether it has too many places for its size is a rule of the order, not of the field. */
export const Price = decimalField('a price in USD above 0, such as 150.25 or "150.25"', isPositive)
/** A limit in USD or in shares. */
export const Bound = decimalField('a number above 0, such as 100000 or "100000"', isPositive)
/** A part of a whole, as a fraction. */
export const Share = decimalField("a fraction above 0 and at most 1, such as 0.05", isShare)

/** In capitals already, as a key. */
export const SymbolKey = Schema.String.check(
  Schema.isPattern(/^[A-Z][A-Z0-9.]{0,11}$/, {
    message: "a symbol: 1 to 12 letters, digits and points, such as AAPL or BRK.B"
  })
)
/** Upper-cased. */
export const SymbolField = boundedText(12).pipe(Schema.decodeTo(SymbolKey, SchemaTransformation.toUpperCase()))

/** An id that a caller chose, or one of the book's own. */
export const ClientOrderId = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9_-]{1,24}$/, { message: "an id: 1 to 24 letters, digits, '_' or '-'" })
)

/** A strategy, or the nonce of a deliberate repeat. */
export const NameField = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9_.-]{1,64}$/, { message: "a name: 1 to 64 letters, digits, '_', '.' or '-'" })
)

export const BrokerOrderId = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9_-]{1,64}$/, { message: "an id of the venue: 1 to 64 letters, digits, '_' or '-'" })
)

/** Replaces the optional reason of other commands. */
export const Reason = boundedText(500).check(
  Schema.makeFilter((text: string) => (text.trim() === "" ? "a reason: say why" : undefined))
)
/** The name of the person, in the reference's field. A caller that is authenticated is named by its identity. */
export const Operator = Schema.optionalKey(
  boundedText(128).check(Schema.makeFilter((text: string) => (text.trim() === "" ? "a name" : undefined)))
)

export const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** A whole number, also as text: the query of a URL has texts only. */
export const wholeField = (minimum: number, maximum: number) =>
  Schema.Union([Schema.Int, Schema.String.check(Schema.isPattern(/^\d{1,9}$/, { message: "a whole number" }))]).pipe(
    Schema.decodeTo(
      between(minimum, maximum),
      SchemaTransformation.transform<number, number | string>({ decode: Number, encode: (value) => value })
    )
  )

/** In replies: exact decimals as text, times RFC 3339 in UTC. */
export const DecimalText = Schema.String
export const TimeText = Schema.String
