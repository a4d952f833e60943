import { readFile } from "node:fs/promises"
import { Effect, Result } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { type ContractList, mergeContracts } from "../../../kernel/instrument/contract.ts"
import { isMissing } from "../../../kernel/system-fault.ts"
import { ContractCatalogueError } from "../../ports/contract-catalogue.ts"
import { type ContractRow, contractOfRow, namesContracts } from "./contract-row.ts"
import { readCsv } from "./csv-rows.ts"

const acceptedShapes =
  'a JSON array of OnRspQryInstrument rows, a JSON object {"instruments": {id: row}}, a JSON object ' +
  "{exchange: {id: row}}, the output of 'tickd contracts list --json', or a CSV whose header has InstrumentID, instrument_id, symbol or code"

const fail = (code: ContractCatalogueError["code"], source: string, message: string) =>
  Result.fail(new ContractCatalogueError({ code, source, message }))

const isObject = (value: unknown): value is ContractRow =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** UTF-8, or GBK as CTP tools on Windows write it (GB18030 includes GBK). */
const textOfBytes = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder("gb18030").decode(bytes)
  }
}

/** The rows of a map from contract to row. The key is the id of a row without an id field. */
const rowsOfMap = (map: ContractRow, exchange?: string): ReadonlyArray<ContractRow> =>
  Object.entries(map)
    .filter((entry): entry is [string, ContractRow] => isObject(entry[1]))
    .map(([id, row]) => ({
      ...(exchange === undefined ? {} : { exchange }),
      ...(namesContracts(Object.keys(row)) ? {} : { code: id }),
      ...row
    }))

/** Output of `tickd contracts list --json`, or a list that tickd has stored. */
const rowsOfOwn = (contracts: ReadonlyArray<unknown>): ReadonlyArray<ContractRow> | undefined =>
  contracts.every((row) => isObject(row) && typeof row["id"] === "string")
    ? contracts.map((row) => ({ ...(row as ContractRow), code: (row as ContractRow)["id"] }))
    : undefined

/** Rows of a parsed JSON file; undefined when its shape is not known. */
const rowsOfJson = (json: unknown): ReadonlyArray<ContractRow> | undefined => {
  if (Array.isArray(json)) {
    const rows: ReadonlyArray<unknown> = json
    return rows.every(isObject) && rows.every((row) => namesContracts(Object.keys(row))) ? rows : undefined
  }
  if (!isObject(json)) return undefined
  const own = json["contracts"]
  if (Array.isArray(own)) return rowsOfOwn(own)
  const instruments = json["instruments"]
  if (instruments !== undefined) {
    return Array.isArray(instruments)
      ? rowsOfJson(instruments)
      : isObject(instruments)
        ? rowsOfMap(instruments)
        : undefined
  }
  // WonderTrader: by exchange, then by code. Rows must contain an id, otherwise its list of products would pass as
  // one.
  const byExchange = Object.entries(json)
  const shaped = byExchange.every(
    ([, map]) => isObject(map) && Object.values(map).every((row) => isObject(row) && namesContracts(Object.keys(row)))
  )
  return shaped ? byExchange.flatMap(([exchange, map]) => rowsOfMap(map as ContractRow, exchange)) : undefined
}

const looksLikeJson = (file: string, text: string): boolean => /\.json$/i.test(file) || /^\s*[[{]/.test(text)

const rowsOfText = (file: string, text: string): Result.Result<ReadonlyArray<ContractRow>, ContractCatalogueError> => {
  const unknownShape = fail(
    "CATALOGUE_UNKNOWN_SHAPE",
    file,
    `The contract file ${file} has an unknown shape: give ${acceptedShapes}.`
  )
  if (!looksLikeJson(file, text)) {
    const { header, rows } = readCsv(text)
    return namesContracts(header) ? Result.succeed(rows) : unknownShape
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    const reason = errorText(cause)
    return fail(
      "CATALOGUE_NOT_JSON",
      file,
      `The contract file ${file} is not valid JSON (${reason}): repair it, or give ${acceptedShapes}.`
    )
  }
  const rows = rowsOfJson(json)
  return rows === undefined ? unknownShape : Result.succeed(rows)
}

/** The contract list in a file's bytes; `file` is its name, for the shape (`.json`) and for errors. */
export const parseContractFile = (
  file: string,
  bytes: Uint8Array
): Result.Result<ContractList, ContractCatalogueError> =>
  Result.flatMap(rowsOfText(file, textOfBytes(bytes)), (rows) => {
    const list = mergeContracts(rows.map(contractOfRow))
    if (list.contracts.length > 0) return Result.succeed(list)
    const found =
      rows.length === 0 ? "no row" : `${rows.length} rows and no contract with an id and a known exchange in them`
    return fail(
      "CATALOGUE_EMPTY",
      file,
      `The contract file ${file} holds ${found}: give a list of contracts as ${acceptedShapes}.`
    )
  })

/**
 * Reads a contract file of any accepted shape. Errors: `ContractCatalogueError`, with the file's name in the sentence.
 */
export const readContractFile = Effect.fnUntraced(function* (file: string) {
  const bytes = yield* Effect.tryPromise({
    try: () => readFile(file),
    catch: (cause) => {
      const reason = errorText(cause)
      return isMissing(cause)
        ? new ContractCatalogueError({
            code: "CATALOGUE_MISSING",
            source: file,
            message: `The contract file ${file} does not exist: give the path of ${acceptedShapes}.`
          })
        : new ContractCatalogueError({
            code: "CATALOGUE_UNREADABLE",
            source: file,
            message: `The contract file ${file} cannot be read (${reason}): give a file that this user may read.`
          })
    }
  })
  return yield* Effect.fromResult(parseContractFile(file, bytes))
})
