// LDK's events: what is done about each, and what the driver is told.
import * as ldk from "lightningdevkit/one.mjs";
import { channelId, features, fromHex, option, outpoint, say, toHex, unwrap, variant } from "./values.mjs";

const USER_CHANNEL_ID = 1n; // ours to choose, and not used
const SWEEP_FEERATE = 500; // sat per 1,000 weight units

const orNull = (bytes) => (bytes ? toHex(bytes) : null);
// One that no invoice asked for brings its preimage; else LDK knows it of the invoice.
const preimageOf = (purpose) =>
  orNull(purpose.spontaneous_payment ?? option(purpose.payment_preimage));

// Each tells what happened; the node has been told already what it does about it.
const TELL = {
  OpenChannelRequest: (e) => ({
    temporary_channel_id: channelId(e.temporary_channel_id),
    funding_sat: e.funding_satoshis,
    channel_type: features(e.channel_type),
  }),
  FundingGenerationReady: (e) => ({
    temporary_channel_id: channelId(e.temporary_channel_id),
    funding_sat: e.channel_value_satoshis,
    script: toHex(e.output_script),
  }),
  ChannelPending: (e) => ({
    channel_id: channelId(e.channel_id),
    funding: outpoint(e.funding_txo),
    channel_type: features(e.channel_type),
  }),
  ChannelReady: (e) => ({ channel_id: channelId(e.channel_id) }),
  ChannelClosed: (e) => ({
    channel_id: channelId(e.channel_id),
    reason: variant(e.reason),
    detail: e.reason.peer_msg?.get_a() ?? e.reason.err ?? "",
  }),
  PaymentClaimable: (e) => ({
    payment_hash: toHex(e.payment_hash),
    amount_msat: e.amount_msat,
    preimage: preimageOf(e.purpose),
    spontaneous: "spontaneous_payment" in e.purpose,
  }),
  PaymentClaimed: (e) => ({
    payment_hash: toHex(e.payment_hash),
    amount_msat: e.amount_msat,
    parts_msat: e.htlcs.map((htlc) => htlc.get_value_msat()),
  }),
  PaymentForwarded: (e) => ({ fee_msat: option(e.total_fee_earned_msat) }),
  PaymentSent: (e) => ({
    payment_hash: toHex(e.payment_hash),
    preimage: toHex(e.payment_preimage),
    fee_msat: option(e.fee_paid_msat),
  }),
  PaymentFailed: (e) => ({
    payment_hash: orNull(option(e.payment_hash)),
    reason: ldk.PaymentFailureReason[option(e.reason)]?.replace("LDKPaymentFailureReason_", ""),
  }),
  PaymentPathFailed: (e) => ({
    payment_hash: toHex(e.payment_hash),
    permanently: Boolean(e.payment_failed_permanently),
  }),
  SpendableOutputs: (e) => ({ kinds: e.outputs.map(variant) }),
  BumpTransaction: (e) => ({ kind: variant(e.bump_transaction) }),
};

export class Events {
  // `behaviour` is changed by the driver: { accept: bool, claim: "yes" | "hold" | "no" }.
  constructor(node, behaviour) {
    this.node = node;
    this.behaviour = behaviour;
    this.waiting = [];
    this.handler = ldk.EventHandler.new_impl({
      handle_event: (event) => {
        this.waiting.push(event); // not here: LDK holds locks during the callback
        return ldk.Result_NoneReplayEventZ.constructor_ok();
      },
    });
  }

  // Handle what has come; whether there was anything.
  drain() {
    const events = this.waiting.splice(0);
    for (const event of events) {
      const name = variant(event);
      this[`on${name}`]?.(event);
      if (name in TELL) say({ event: name, ...TELL[name](event) });
    }
    return events.length > 0;
  }

  onOpenChannelRequest(e) {
    const { manager } = this.node;
    const [id, peer] = [e.temporary_channel_id, e.counterparty_node_id];
    if (this.behaviour.accept) {
      unwrap(manager.accept_inbound_channel(id, peer, USER_CHANNEL_ID), "accept");
    } else {
      unwrap(manager.force_close_broadcasting_latest_txn(id, peer, "not today"), "refuse");
    }
  }

  onPendingHTLCsForwardable() {
    this.node.manager.process_pending_htlc_forwards();
  }

  onPaymentClaimable(e) {
    const preimage = preimageOf(e.purpose);
    if (this.behaviour.claim === "yes") this.node.manager.claim_funds(fromHex(preimage));
    if (this.behaviour.claim === "no") this.node.manager.fail_htlc_backwards(e.payment_hash);
  }

  onSpendableOutputs(e) {
    const { keys, wallet } = this.node;
    const none = ldk.Option_u32Z.constructor_none();
    const sweep = keys
      .as_OutputSpender()
      .spend_spendable_outputs(e.outputs, [], wallet.script, SWEEP_FEERATE, none);
    say({ event: "Broadcast", txs: [toHex(unwrap(sweep, "sweep"))] });
  }

  onBumpTransaction(e) {
    this.node.bumps.handle_event(e.bump_transaction);
  }
}
