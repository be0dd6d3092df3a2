// Between LDK's values and those of JSON: bytes as hex (as on the wire), options as null, results.

// The WASM side holds callbacks by weak reference: what is handed to it has to be kept here.
const kept = [];
export const keep = (object) => {
  kept.push(object);
  return object;
};

export const toHex = (bytes) => Buffer.from(bytes).toString("hex");
export const fromHex = (text) => new Uint8Array(Buffer.from(text, "hex"));

// LDK gives feature flags with the lowest byte first, the wire has it last.
export const features = (flags) => (flags ? toHex(Buffer.from(flags.le_flags()).reverse()) : null);

export const channelId = (id) => toHex(id.get_a());
export const outpoint = (point) => ({ txid: toHex(point.get_txid()), vout: point.get_index() });
export const option = (value) => (value && "some" in value ? value.some : null);

// "Event_PaymentSent" -> "PaymentSent"
export const variant = (object) => object.constructor.name.replace(/^[A-Za-z]+_/, "");

// The value of a Result, or an Error that says what was tried.
export const unwrap = (result, what) => {
  if (result.is_ok()) return result.res;
  const error = result.err;
  const why = typeof error === "object" && error ? (error.err ?? variant(error)) : `code ${error}`;
  throw new Error(`${what}: ${why}`);
};

// All numbers of this protocol (satoshis, millisatoshis, scids, heights) fit JSON but for the scid.
const number = (value) =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();

export const say = (message) => {
  const text = JSON.stringify(message, (_, value) =>
    typeof value === "bigint" ? number(value) : value,
  );
  process.stdout.write(`${text}\n`);
};
