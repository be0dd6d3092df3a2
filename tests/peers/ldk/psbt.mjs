// A signed PSBT (BIP174) as the transaction it stands for.

const UNSIGNED_TX = 0x00; // in the global map
const FINAL_SCRIPT_WITNESS = 0x08; // in the map of an input; holds the witness as it is on the wire
const HEAD = 4; // the version's bytes, before the inputs
const TAIL = 4; // the lock time's, after the outputs

class Reader {
  constructor(bytes) {
    this.bytes = Buffer.from(bytes);
    this.at = 0;
  }

  take(count) {
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  compactSize() {
    const first = this.take(1)[0];
    if (first < 0xfd) return first;
    return first === 0xfd ? this.take(2).readUInt16LE() : this.take(4).readUInt32LE();
  }

  // One map, as far as its keys are a single byte.
  map() {
    const found = new Map();
    for (let length = this.compactSize(); length > 0; length = this.compactSize()) {
      const key = this.take(length);
      const value = this.take(this.compactSize());
      if (key.length === 1) found.set(key[0], value);
    }
    return found;
  }
}

export const extractTransaction = (psbt) => {
  const reader = new Reader(psbt);
  reader.take(5); // "psbt", 0xff
  const unsigned = reader.map().get(UNSIGNED_TX);
  const inputs = new Reader(unsigned.subarray(HEAD)).compactSize();
  const witnesses = Array.from(
    { length: inputs },
    () => reader.map().get(FINAL_SCRIPT_WITNESS) ?? Buffer.from([0]),
  );
  return new Uint8Array(
    Buffer.concat([
      unsigned.subarray(0, HEAD),
      Buffer.from([0, 1]), // segwit's marker and flag
      unsigned.subarray(HEAD, -TAIL),
      ...witnesses,
      unsigned.subarray(-TAIL),
    ]),
  );
};
