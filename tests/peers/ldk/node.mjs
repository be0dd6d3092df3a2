// One LDK node, put together in the order that LDK needs.
import * as ldk from "lightningdevkit/one.mjs";
import { createHash } from "node:crypto";
import { Chain, Feerates, broadcaster } from "./chain.mjs";
import { Events } from "./events.mjs";
import { Files } from "./persistence.mjs";
import { Wallet } from "./wallet.mjs";
import { Wires } from "./wires.mjs";
import { fromHex, keep, unwrap } from "./values.mjs";

const NETWORK = ldk.Network.LDKNetwork_Regtest;
const MOST_ROUNDS = 1000; // of events that cause each other: more is a bug

const newLogger = (leastLevel) =>
  keep(
    ldk.Logger.new_impl({
      log(record) {
        if (record.get_level() < leastLevel) return;
        console.error(`${record.get_module_path()}:${record.get_line()} ${record.get_args()}`);
      },
    }),
  );

// LDK's defaults, but for what the driver chooses and what would only be in the way.
const newConfig = (settings) => {
  const config = keep(ldk.UserConfig.constructor_default());
  config.set_manually_accept_inbound_channels(true); // anchors need it
  const handshake = config.get_channel_handshake_config();
  handshake.set_negotiate_anchors_zero_fee_htlc_tx(settings.anchors);
  handshake.set_announce_for_forwarding(settings.announces);
  handshake.set_negotiate_scid_privacy(settings.scid_alias);
  handshake.set_minimum_depth(settings.minimum_depth);
  handshake.set_our_to_self_delay(settings.to_self_delay);
  handshake.set_max_inbound_htlc_value_in_flight_percent_of_channel(100); // default: 10
  config.set_channel_handshake_config(handshake);
  // Default: not by channels that nobody else knows, as those of a wallet are.
  config.set_accept_forwards_to_priv_channels(settings.forwards);
  const limits = config.get_channel_handshake_limits();
  limits.set_force_announced_channel_preference(!settings.forwards); // some are public, some not
  config.set_channel_handshake_limits(limits);
  const terms = config.get_channel_config();
  terms.set_forwarding_fee_base_msat(settings.fee_base_msat);
  config.set_channel_config(terms);
  return config;
};

export class Node {
  constructor(settings) {
    this.settings = settings;
    this.behaviour = { accept: true, claim: "yes" };
    this.logger = newLogger(settings.log_level);
    this.config = newConfig(settings);
    this.feerates = new Feerates(settings.feerates);
    this.broadcaster = broadcaster();
    this.files = new Files(settings.folder);
    this.#makeKeys();
    this.#makeRouter();
    this.#makeManager();
    this.#makePeers();
    this.events = new Events(this, this.behaviour);
    this.providers = [this.manager, this.monitor, this.onion].map((one) =>
      keep(one.as_EventsProvider()),
    );
    this.wires = new Wires(this.peers, () => this.pump());
  }

  #makeKeys() {
    // The two numbers make what is random in LDK: they must differ at each start.
    const { seed, starts, time } = this.settings;
    this.keys = keep(ldk.KeysManager.constructor_new(fromHex(seed), BigInt(time), starts));
    this.entropy = keep(this.keys.as_EntropySource());
    this.nodeSigner = keep(this.keys.as_NodeSigner());
    this.signers = keep(this.keys.as_SignerProvider());
    this.wallet = new Wallet(this.keys);
    const coins = keep(ldk.Wallet.constructor_new(this.wallet.source, this.logger));
    this.bumps = keep(
      ldk.BumpTransactionEventHandler.constructor_new(
        this.broadcaster,
        keep(coins.as_CoinSelectionSource()),
        this.signers,
        this.logger,
      ),
    );
  }

  #makeRouter() {
    this.graph = keep(ldk.NetworkGraph.constructor_new(NETWORK, this.logger));
    const decay = ldk.ProbabilisticScoringDecayParameters.constructor_default();
    const scorer = keep(ldk.ProbabilisticScorer.constructor_new(decay, this.graph, this.logger));
    const score = keep(ldk.MultiThreadedLockableScore.constructor_new(keep(scorer.as_Score())));
    this.router = keep(
      ldk.DefaultRouter.constructor_new(
        this.graph,
        this.logger,
        this.entropy,
        keep(score.as_LockableScore()),
        ldk.ProbabilisticScoringFeeParameters.constructor_default(),
      ),
    );
    this.messageRouter = keep(ldk.DefaultMessageRouter.constructor_new(this.graph, this.entropy));
  }

  #makeManager() {
    this.monitor = keep(
      ldk.ChainMonitor.constructor_new(
        keep(ldk.Option_FilterZ.constructor_none()),
        this.broadcaster,
        this.logger,
        this.feerates.estimator,
        this.files.persist,
      ),
    );
    const monitors = this.files.known() ? this.files.monitors(this.keys) : [];
    this.manager = keep(this.files.known() ? this.#readManager(monitors) : this.#newManager());
    const parts = [this.broadcaster, this.feerates.estimator, this.logger];
    this.chain = new Chain(this.manager, this.monitor, parts);
    this.chain.load(monitors);
  }

  #newManager() {
    const { birthday, time } = this.settings;
    const best = ldk.BestBlock.constructor_new(fromHex(birthday.hash), birthday.height);
    return ldk.ChannelManager.constructor_new(
      this.feerates.estimator,
      keep(this.monitor.as_Watch()),
      this.broadcaster,
      keep(this.router.as_Router()),
      keep(this.messageRouter.as_MessageRouter()),
      this.logger,
      this.entropy,
      this.nodeSigner,
      this.signers,
      this.config,
      ldk.ChainParameters.constructor_new(NETWORK, best),
      time,
    );
  }

  #readManager(monitors) {
    const read = ldk.UtilMethods.constructor_C2Tuple_ThirtyTwoBytesChannelManagerZ_read(
      this.files.manager(),
      this.entropy,
      this.nodeSigner,
      this.signers,
      this.feerates.estimator,
      keep(this.monitor.as_Watch()),
      this.broadcaster,
      keep(this.router.as_Router()),
      keep(this.messageRouter.as_MessageRouter()),
      this.logger,
      this.config,
      monitors,
    );
    return unwrap(read, "read the manager").get_b();
  }

  #makePeers() {
    const ignoring = keep(ldk.IgnoringMessageHandler.constructor_new());
    this.onion = keep(
      ldk.OnionMessenger.constructor_new(
        this.entropy,
        this.nodeSigner,
        this.logger,
        keep(this.manager.as_NodeIdLookUp()),
        keep(this.messageRouter.as_MessageRouter()),
        keep(this.manager.as_OffersMessageHandler()),
        keep(this.manager.as_AsyncPaymentsMessageHandler()),
        keep(this.manager.as_DNSResolverMessageHandler()),
        keep(ignoring.as_CustomOnionMessageHandler()),
      ),
    );
    const none = keep(ldk.Option_UtxoLookupZ.constructor_none());
    const gossip = keep(ldk.P2PGossipSync.constructor_new(this.graph, none, this.logger));
    const { seed, starts, time } = this.settings;
    this.peers = keep(
      ldk.PeerManager.constructor_new(
        keep(this.manager.as_ChannelMessageHandler()),
        keep(gossip.as_RoutingMessageHandler()),
        keep(this.onion.as_OnionMessageHandler()),
        keep(ignoring.as_CustomMessageHandler()),
        time,
        new Uint8Array(createHash("sha256").update(`ephemeral ${seed} ${starts}`).digest()),
        this.logger,
        this.nodeSigner,
      ),
    );
  }

  // After everything that came in: let events and messages cause each other until there are none.
  pump() {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      this.peers.process_events();
      for (const provider of this.providers) provider.process_pending_events(this.events.handler);
      if (!this.events.drain()) {
        if (this.manager.get_and_clear_needs_persistence()) this.files.saveManager(this.manager);
        return;
      }
    }
    throw new Error("events without end");
  }
}
