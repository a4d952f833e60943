/**
 * Rules that hold for every program that writes: an order has an intent, the fills of an order stay within its quantity
 * (what a venue fills beyond it is of the kind `excess`), and what was recorded is never changed.
 */
const beyond = "fills beyond the quantity of the order"
const kept = ["intents", "facts", "adjustments", "journals"] as const

const booked = (order: string, except: string): string =>
  `(SELECT coalesce(sum(quantity), 0) FROM fills
      WHERE client_order_id = ${order} AND kind <> 'excess' AND execution_id <> ${except})`
const ordered = "(SELECT quantity FROM orders WHERE client_order_id = NEW.client_order_id)"

const refuse = (name: string, moment: string, when: string, sentence: string): string =>
  `CREATE TRIGGER ${name} BEFORE ${moment} WHEN ${when} BEGIN SELECT RAISE(ABORT, '${sentence}'); END`

/** SQLite keeps foreign keys only for the connections that ask for it, so the intent of an order is a trigger too. */
export const rulesSqlite: ReadonlyArray<string> = [
  "DROP TRIGGER IF EXISTS fills_within",
  ...(["INSERT", "UPDATE"] as const).map((change) =>
    refuse(
      `fills_within_${change.toLowerCase()}`,
      `${change} ON fills`,
      `NEW.kind <> 'excess' AND NEW.quantity
         + ${booked("NEW.client_order_id", change === "INSERT" ? "NEW.execution_id" : "OLD.execution_id")}
         > coalesce(${ordered}, 0)`,
      beyond
    )
  ),
  refuse(
    "orders_hold_fills",
    "UPDATE OF quantity ON orders",
    `NEW.quantity < ${booked("NEW.client_order_id", "''")}`,
    beyond
  ),
  refuse(
    "orders_have_intents",
    "INSERT ON orders",
    "NOT EXISTS (SELECT 1 FROM intents WHERE client_order_id = NEW.client_order_id)",
    "an order without an intent"
  ),
  refuse("orders_keep_ids", "UPDATE OF client_order_id ON orders", "1", "an order keeps its id"),
  refuse("orders_kept", "DELETE ON orders", "1", "an order is never deleted"),
  ...kept.flatMap((table) =>
    (["UPDATE", "DELETE"] as const).map((change) =>
      refuse(`${table}_kept_${change.toLowerCase()}`, `${change} ON ${table}`, "1", `${table} are never changed`)
    )
  )
]

const raise = (sentence: string): string => `RAISE EXCEPTION '${sentence}' USING ERRCODE = 'check_violation'`

/** The row of the order is locked first: two sessions at once cannot each see only their own fill. */
export const rulesPostgres: ReadonlyArray<string> = [
  `CREATE OR REPLACE FUNCTION fills_within() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE
     most BIGINT;
   BEGIN
     SELECT quantity INTO most FROM orders WHERE client_order_id = NEW.client_order_id FOR UPDATE;
     IF NEW.kind <> 'excess' AND NEW.quantity + ${booked("NEW.client_order_id", "NEW.execution_id")} > most
     THEN ${raise(beyond)};
     END IF;
     RETURN NEW;
   END $$`,
  "DROP TRIGGER IF EXISTS fills_within ON fills",
  "CREATE TRIGGER fills_within BEFORE INSERT OR UPDATE ON fills FOR EACH ROW EXECUTE FUNCTION fills_within()",
  "CREATE OR REPLACE FUNCTION fills_keep_ids() RETURNS trigger LANGUAGE plpgsql AS $$" +
    ` BEGIN ${raise("a fill keeps its id")}; END $$`,
  `CREATE TRIGGER fills_keep_ids BEFORE UPDATE OF execution_id ON fills FOR EACH ROW
     WHEN (NEW.execution_id <> OLD.execution_id) EXECUTE FUNCTION fills_keep_ids()`,
  `CREATE FUNCTION orders_hold_fills() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF NEW.quantity < ${booked("NEW.client_order_id", "''")} THEN ${raise(beyond)}; END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER orders_hold_fills BEFORE UPDATE OF quantity ON orders FOR EACH ROW
     EXECUTE FUNCTION orders_hold_fills()`,
  "CREATE FUNCTION kept() RETURNS trigger LANGUAGE plpgsql AS $$" +
    ` BEGIN ${raise("what was recorded is never changed")}; END $$`,
  "CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE OR UPDATE OF client_order_id ON orders EXECUTE FUNCTION kept()",
  ...kept.map((table) => `CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table} EXECUTE FUNCTION kept()`)
]
