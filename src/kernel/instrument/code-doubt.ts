import { parseInstrumentCode } from "./instrument-code.ts"
import { exchangeOfProduct, productExchange } from "./product-exchange.ts"

/** The same letters in the case that an exchange lists, if there is one. */
const otherCase = (product: string): string | undefined => {
  for (const known of productExchange.keys()) if (known.toLowerCase() === product.toLowerCase()) return known
  return undefined
}

/** CZCE writes one digit of the year, all others two. Test markets number their contracts with five and more digits. */
const digitsDoubt = (exchange: string, product: string, digits: string): string | undefined => {
  if (exchange === "CZCE") {
    return digits.length === 4
      ? `CZCE writes one digit of the year: ${product}${digits.slice(1)} instead of ${product}${digits}`
      : undefined
  }
  return digits.length === 3 ? `${exchange} writes two digits of the year, ${product}${digits} has one` : undefined
}

/**
 * Why no exchange is known to use this contract code, as text; undefined: there is no doubt. Fronts acknowledge codes
 * that do not exist, and no tick ever arrives; and without an exchange, a tick that does arrive is quarantined. Do
 * not call it with a code of a contract list.
 */
export const codeDoubt = (id: string): string | undefined => {
  const code = parseInstrumentCode(id)
  if (code === undefined) return "no exchange writes codes like this, and no contract list has it"
  if (code.kind === "combination") return codeDoubt(code.legs[0]) ?? codeDoubt(code.legs[1])
  const exchange = exchangeOfProduct(code.product)
  if (exchange === undefined) {
    const meant = otherCase(code.product)
    const hint = meant === undefined ? "" : `; ${exchangeOfProduct(meant)} lists ${meant}, and case counts`
    return `no exchange lists product ${code.product}${hint}`
  }
  return "deliveryDigits" in code ? digitsDoubt(exchange, code.product, code.deliveryDigits) : undefined
}
