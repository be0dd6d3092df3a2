// The chain as the driver tells it: feerates, blocks that come and go, transactions to publish.
import * as ldk from "lightningdevkit/one.mjs";
import { fromHex, keep, say, toHex } from "./values.mjs";

const PREFIX = "LDKConfirmationTarget_";

// What LDK asks for by name ("AnchorChannelFee", ...), in sat per 1,000 weight units.
export class Feerates {
  constructor(feerates) {
    this.feerates = feerates;
    this.estimator = keep(
      ldk.FeeEstimator.new_impl({
        get_est_sat_per_1000_weight: (target) => {
          const name = ldk.ConfirmationTarget[target].replace(PREFIX, "");
          return this.feerates[name] ?? this.feerates.default;
        },
      }),
    );
  }
}

// Everything goes to the driver, which shows it to the mempool. One call is one package.
export const broadcaster = () =>
  keep(
    ldk.BroadcasterInterface.new_impl({
      broadcast_transactions: (txs) => say({ event: "Broadcast", txs: txs.map(toHex) }),
    }),
  );

const place = (best) => ({ height: best.get_height(), hash: toHex(best.get_block_hash()) });

// One who follows the chain, with the place where it stands.
class Follower {
  constructor(confirm, best) {
    this.confirm = confirm;
    this.at = best;
  }

  connect(header, txs, block) {
    if (block.height <= this.at.height) return;
    if (txs.length > 0) this.confirm.transactions_confirmed(header, txs, block.height);
    this.confirm.best_block_updated(header, block.height);
    this.at = { height: block.height, hash: block.hash };
  }

  // `header` and `block` are those of the new tip; `txids` are no longer in the chain.
  disconnect(header, txids, block) {
    if (block.height >= this.at.height) return;
    for (const txid of txids) this.confirm.transaction_unconfirmed(txid);
    this.confirm.best_block_updated(header, block.height);
    this.at = { height: block.height, hash: block.hash };
  }
}

// A monitor that was just read from its file follows by itself until it has caught up.
const confirmOf = (monitor, parts) => ({
  transactions_confirmed: (header, txs, height) =>
    monitor.transactions_confirmed(header, txs, height, ...parts),
  transaction_unconfirmed: (txid) => monitor.transaction_unconfirmed(txid, ...parts),
  best_block_updated: (header, height) => monitor.best_block_updated(header, height, ...parts),
});

export class Chain {
  // `parts` are broadcaster, fee estimator and logger.
  constructor(manager, monitor, parts) {
    this.monitor = monitor;
    this.parts = parts;
    const best = place(manager.current_best_block());
    this.followers = [new Follower(keep(manager.as_Confirm()), best)];
  }

  // Monitors read from files, to be handed to the chain monitor by `begin`.
  load(monitors) {
    this.loaded = monitors;
    for (const monitor of monitors) {
      const best = place(monitor.current_best_block());
      this.followers.push(new Follower(confirmOf(monitor, this.parts), best));
    }
  }

  // All stand at the same block now.
  begin() {
    const watch = this.monitor.as_Watch();
    for (const monitor of this.loaded) {
      watch.watch_channel(monitor.get_funding_txo().get_a(), monitor);
    }
    this.loaded = [];
    const manager = this.followers[0];
    this.followers = [manager, new Follower(keep(this.monitor.as_Confirm()), { ...manager.at })];
  }

  // Where the one who is furthest behind stands.
  place() {
    return this.followers.reduce((a, b) => (b.at.height < a.at.height ? b : a)).at;
  }

  connect(block) {
    const txs = block.txs.map(([index, raw]) =>
      ldk.TwoTuple_usizeTransactionZ.constructor_new(index, fromHex(raw)),
    );
    for (const one of this.followers) one.connect(fromHex(block.header), txs, block);
  }

  disconnect(block) {
    const txids = block.txids.map(fromHex);
    for (const one of this.followers) one.disconnect(fromHex(block.header), txids, block);
  }
}
