import { BigDecimal, Schema, SchemaGetter } from "effect"
import { type Decimal, decimalPlacesMax, decimalText } from "../../../../kernel/decimal.ts"
import { type InstantNs, instantText, parseInstant } from "../../../../kernel/time/utc-instant.ts"

/** The words of a number in JSON. Exponents are exact too: `1e-5` is a decimal. */
const numberForm = /^-?(0|[1-9]\d{0,29})(\.\d{1,30})?([eE][+-]?\d{1,2})?$/
const limit = BigDecimal.make(1n, -18)

const readNumber = (text: string): Decimal | undefined => {
  if (!numberForm.test(text)) return undefined
  const value = BigDecimal.normalize(BigDecimal.fromStringUnsafe(text))
  return BigDecimal.isLessThan(BigDecimal.abs(value), limit) ? value : undefined
}

/** As it came, with 9 places at most: a quantity must not be rounded. */
const exact = (text: string): Decimal | undefined => {
  const value = readNumber(text)
  return value !== undefined && value.scale <= decimalPlacesMax ? value : undefined
}

/** Averages and money have any number of places; the store keeps 9. */
const rounded = (text: string): Decimal | undefined => {
  const value = readNumber(text)
  return value === undefined || value.scale <= decimalPlacesMax
    ? value
    : BigDecimal.normalize(BigDecimal.round(value, { scale: decimalPlacesMax, mode: "half-even" }))
}

const notNegative =
  (read: (text: string) => Decimal | undefined) =>
  (text: string): Decimal | undefined => {
    const value = read(text)
    return value === undefined || BigDecimal.isNegative(value) ? undefined : value
  }

const positive =
  (read: (text: string) => Decimal | undefined) =>
  (text: string): Decimal | undefined => {
    const value = read(text)
    return value !== undefined && BigDecimal.isPositive(value) ? value : undefined
  }

const decimalField = (what: string, read: (text: string) => Decimal | undefined) =>
  Schema.String.check(Schema.makeFilter((text) => read(text) !== undefined || `is not ${what}`)).pipe(
    Schema.decodeTo(Schema.BigDecimal, {
      decode: SchemaGetter.transform((text) => read(text) as Decimal),
      encode: SchemaGetter.transform(decimalText)
    })
  )

export const Quantity = decimalField("a quantity of 0 or more with 9 places at most", notNegative(exact))
export const SignedQuantity = decimalField("a quantity with 9 places at most", exact)
export const FillQuantity = decimalField("a quantity above 0 with 9 places at most", positive(exact))
/** A price of an order: exact. */
export const Price = decimalField("a price of 0 or more with 9 places at most", notNegative(exact))
/** A price of an execution or an average. */
export const RoundedPrice = decimalField("a price of 0 or more", notNegative(rounded))
export const FillPrice = decimalField("a price above 0", positive(rounded))
export const Money = decimalField("an amount", rounded)

export const Instant = Schema.String.check(
  Schema.makeFilter((text) => parseInstant(text) !== undefined || "is not a time with a zone")
).pipe(
  Schema.decodeTo(Schema.BigInt, {
    decode: SchemaGetter.transform((text) => parseInstant(text) as InstantNs),
    encode: SchemaGetter.transform(instantText)
  })
)

/** A name or an id. Longer than any that the venue gives: refused. */
export const Name = Schema.String.check(
  Schema.makeFilter((text) => (text.length > 0 && text.length <= 256) || "is empty or too long")
)

/** Missing and `null` are the same. */
export const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

/** What could not be read. Its words are made when they are asked for: most are only counted. */
export class Unreadable {
  private readonly words: string | (() => string)
  /** It is JSON, and a value in it is none that it may be: a number that is not finite, a missing field. */
  readonly isValue: boolean
  constructor(words: string | (() => string), isValue = false) {
    this.words = words
    this.isValue = isValue
  }
  get why(): string {
    return typeof this.words === "string" ? this.words : this.words()
  }
}
