// The node's on-chain coins: what pays for its anchors, and where its sweeps go.
//
// All of them belong to the one script that LDK's own KeysManager can sign for.
import * as ldk from "lightningdevkit/one.mjs";
import { extractTransaction } from "./psbt.mjs";
import { fromHex, keep, unwrap } from "./values.mjs";

const NO_CHANNEL = new Uint8Array(32); // the script is the same for every channel
const SATISFACTION_WEIGHT = 109n; // of a P2WPKH input's witness: two counts, signature, key

export class Wallet {
  constructor(keys) {
    this.keys = keys;
    this.script = unwrap(keys.as_SignerProvider().get_destination_script(NO_CHANNEL), "script");
    this.coins = [];
    this.source = keep(
      ldk.WalletSource.new_impl({
        list_confirmed_utxos: () =>
          ldk.Result_CVec_UtxoZNoneZ.constructor_ok(
            this.coins.map((coin) =>
              ldk.Utxo.constructor_new(coin.outpoint(), coin.output(), SATISFACTION_WEIGHT),
            ),
          ),
        get_change_script: () => ldk.Result_CVec_u8ZNoneZ.constructor_ok(this.script),
        sign_psbt: (psbt) => this.#sign(psbt),
      }),
    );
  }

  // A confirmed output that pays to `script`.
  add(txid, vout, value) {
    this.coins.push({
      outpoint: () => ldk.OutPoint.constructor_new(fromHex(txid), vout),
      output: () => ldk.TxOut.constructor_new(BigInt(value), this.script),
    });
  }

  // LDK's keys refuse a coin that the PSBT does not spend, so each is tried for itself.
  #sign(psbt) {
    let signed = psbt;
    for (const coin of this.coins) {
      const descriptor = ldk.SpendableOutputDescriptor.constructor_static_output(
        coin.outpoint(),
        coin.output(),
        NO_CHANNEL,
      );
      const result = this.keys.sign_spendable_outputs_psbt([descriptor], signed);
      if (result.is_ok()) signed = result.res;
    }
    return ldk.Result_TransactionNoneZ.constructor_ok(extractTransaction(signed));
  }
}
