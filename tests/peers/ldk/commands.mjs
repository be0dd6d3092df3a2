// What the driver can ask for. Each takes the fields of the request and returns its answer.
import * as ldk from "lightningdevkit/one.mjs";
import { createHash } from "node:crypto";
import { channelId, features, fromHex, option, toHex, unwrap } from "./values.mjs";

const USER_CHANNEL_ID = 1n; // ours to choose, and not used
const RETRIES = 0; // what fails, fails: a second attempt would hide it
const INVOICE_SECONDS = 3600;
const KEYSEND_CLTV_DELTA = 40; // no invoice says how much; rust-lightning's sample node takes this

const FAILURES = {
  temporary_node_failure: "constructor_temporary_node_failure",
  required_node_feature_missing: "constructor_required_node_feature_missing",
  incorrect_or_unknown_payment_details: "constructor_incorrect_or_unknown_payment_details",
};

const wanted = (amount) =>
  amount === null
    ? ldk.Option_u64Z.constructor_none()
    : ldk.Option_u64Z.constructor_some(BigInt(amount));

const find = (node, id) => {
  const found = node.manager.list_channels().find((one) => channelId(one.get_channel_id()) === id);
  if (!found) throw new Error(`no channel ${id}`);
  return found;
};

// The arguments by which the manager names a channel.
const named = (node, id) => {
  const channel = find(node, id);
  return [channel.get_channel_id(), channel.get_counterparty().get_node_id()];
};

// Getters give booleans as 0 and 1.
const describe = (channel) => ({
  channel_id: channelId(channel.get_channel_id()),
  channel_type: features(channel.get_channel_type()),
  scid: option(channel.get_short_channel_id()),
  opener: Boolean(channel.get_is_outbound()),
  ready: Boolean(channel.get_is_channel_ready()),
  usable: Boolean(channel.get_is_usable()),
  capacity_sat: channel.get_channel_value_satoshis(),
  feerate_per_kw: option(channel.get_feerate_sat_per_1000_weight()),
  outbound_msat: channel.get_outbound_capacity_msat(),
  inbound_msat: channel.get_inbound_capacity_msat(),
  htlcs_in: channel.get_pending_inbound_htlcs().length,
  htlcs_out: channel.get_pending_outbound_htlcs().length,
});

const peers = {
  connect: (node, { node_id, port }) => node.wires.connect(fromHex(node_id), port),
  disconnect: (node, { node_id }) => node.peers.disconnect_by_node_id(fromHex(node_id)),
  listen: (node) => node.wires.listen(),
  stop_listening: (node) => node.wires.stopListening(),
  peers: (node) =>
    node.peers.list_peers().map((peer) => ({
      node_id: toHex(peer.get_counterparty_node_id()),
      features: features(peer.get_init_features()),
    })),
  // Ten seconds have passed for the wires, a minute for the channels.
  tick(node) {
    node.peers.timer_tick_occurred();
    node.manager.timer_tick_occurred();
    node.monitor.rebroadcast_pending_claims();
  },
};

const chain = {
  place: (node) => node.chain.place(),
  connect_block: (node, block) => node.chain.connect(block),
  disconnect_block: (node, block) => node.chain.disconnect(block),
  begin: (node) => node.chain.begin(),
  feerates(node, { feerates }) {
    node.feerates.feerates = feerates;
  },
  add_coin: (node, { txid, vout, value_sat }) => node.wallet.add(txid, vout, value_sat),
  balances: (node) =>
    node.monitor.get_claimable_balances([]).map((balance) => ({
      kind: balance.constructor.name.replace("Balance_", ""),
      sat: balance.claimable_amount_satoshis(),
    })),
};

const channels = {
  channels: (node) => node.manager.list_channels().map(describe),
  open_channel(node, { node_id, funding_sat, push_msat }) {
    const made = node.manager.create_channel(
      fromHex(node_id),
      BigInt(funding_sat),
      BigInt(push_msat),
      USER_CHANNEL_ID,
      null,
      null,
    );
    return { temporary_channel_id: channelId(unwrap(made, "open")) };
  },
  fund(node, { temporary_channel_id, node_id, tx }) {
    const id = ldk.ChannelId.constructor_new(fromHex(temporary_channel_id));
    const funded = node.manager.funding_transaction_generated(id, fromHex(node_id), fromHex(tx));
    unwrap(funded, "fund");
  },
  close: (node, { channel_id }) =>
    void unwrap(node.manager.close_channel(...named(node, channel_id)), "close"),
  force_close(node, { channel_id }) {
    const why = "the driver said so";
    const [id, peer] = named(node, channel_id);
    unwrap(node.manager.force_close_broadcasting_latest_txn(id, peer, why), "force close");
  },
  // { accept: bool, claim: "yes" | "hold" | "no" }, or one of them
  behave: (node, behaviour) => void Object.assign(node.behaviour, behaviour),
};

const payments = {
  create_invoice(node, { amount_msat, description }) {
    const words = unwrap(ldk.Description.constructor_new(description), "description");
    const made = node.manager.create_bolt11_invoice(
      wanted(amount_msat),
      ldk.Bolt11InvoiceDescription.constructor_direct(words),
      ldk.Option_u32Z.constructor_some(INVOICE_SECONDS),
      ldk.Option_u16Z.constructor_none(),
      ldk.Option_ThirtyTwoBytesZ.constructor_none(),
    );
    const invoice = unwrap(made, "invoice");
    return { text: invoice.to_str(), payment_hash: toHex(invoice.payment_hash()) };
  },
  pay(node, { invoice, amount_msat }) {
    const parsed = unwrap(ldk.Bolt11Invoice.constructor_from_str(invoice), "invoice");
    const { UtilMethods: make } = ldk;
    const parameters = unwrap(
      amount_msat === null
        ? make.constructor_payment_parameters_from_invoice(parsed)
        : make.constructor_payment_parameters_from_variable_amount_invoice(
            parsed,
            BigInt(amount_msat),
          ),
      "payment parameters",
    );
    const id = new Uint8Array(createHash("sha256").update(invoice).digest());
    const [hash, onion, route] = [parameters.get_a(), parameters.get_b(), parameters.get_c()];
    const retry = ldk.Retry.constructor_attempts(RETRIES);
    unwrap(node.manager.send_payment(hash, onion, id, route, retry), "pay");
    return { payment_hash: toHex(hash) };
  },
  keysend(node, { node_id, amount_msat, preimage }) {
    const payee = ldk.PaymentParameters.constructor_for_keysend(
      fromHex(node_id),
      KEYSEND_CLTV_DELTA,
      false, // in one part
    );
    const sent = node.manager.send_spontaneous_payment(
      ldk.Option_ThirtyTwoBytesZ.constructor_some(fromHex(preimage)),
      ldk.RecipientOnionFields.constructor_spontaneous_empty(),
      new Uint8Array(createHash("sha256").update(preimage).digest()),
      ldk.RouteParameters.constructor_from_payment_params_and_value(payee, BigInt(amount_msat)),
      ldk.Retry.constructor_attempts(RETRIES),
    );
    return { payment_hash: toHex(unwrap(sent, "keysend")) };
  },
  claim: (node, { preimage }) => node.manager.claim_funds(fromHex(preimage)),
  fail(node, { payment_hash, failure }) {
    const code = ldk.FailureCode[FAILURES[failure]]();
    node.manager.fail_htlc_backwards_with_reason(fromHex(payment_hash), code);
  },
};

export const commands = { ...peers, ...chain, ...channels, ...payments };
