"""Every scenario with a node that others wrote, by the test that plays it, in a sentence each.

`tests/peers/SCENARIOS.md` lists them with what `python -m tests.measure scenarios` found. A test
module of `tests/peers` in which nothing of ours takes part stands in `OF_THE_HARNESS`.
"""

from __future__ import annotations

from typing import Final

LDK: Final = "LDK"
ELECTRUM: Final = "Electrum"

OF_THE_HARNESS: Final = {
    "tests/peers/ldk/test_harness.py": "LDK with LDK",
    "tests/peers/electrum/test_server.py": "the server that we give to Electrum",
}

SCENARIOS: Final[dict[str, dict[str, str]]] = {
    LDK: {
        "test_peer.py::test_handshake_and_init": "handshake and init",
        "test_peer.py::test_anchors_are_offered_only_where_they_are_configured": (
            "LDK offers anchors only where it is told to"
        ),
        "test_peer.py::test_our_ping_is_answered": "LDK answers our ping",
        "test_peer.py::test_we_answer_the_pings_of_ldk": "we answer LDK's pings",
        "test_peer.py::test_it_hangs_up_without_a_bit_that_bolt_9_assumes": (
            "LDK hangs up when our init lacks a feature that BOLT 9 assumes"
        ),
        "test_peer.py::test_an_unknown_odd_bit_is_none_of_its_business": (
            "an unknown odd feature bit of ours is ignored"
        ),
        "test_peer.py::test_an_unknown_even_bit_is_too_much": (
            "LDK hangs up at an unknown even feature bit"
        ),
        "test_peer.py::test_another_network_is_left": "a peer of another network is left",
        "test_peer.py::test_it_hangs_up_and_is_dialled_again": "LDK hangs up and is dialled again",
        "test_channel.py::test_open_and_pay_both_ways": "channel machine: open, a payment each way",
        "test_channel.py::test_the_hundredth_payment": "channel machine: 50 payments each way",
        "test_channel.py::test_a_payment_that_ldk_must_fail": (
            "channel machine: LDK fails our payment, and we read why"
        ),
        "test_channel.py::test_a_payment_that_we_must_fail": (
            "channel machine: we fail LDK's payment, and it reads why"
        ),
        "test_channel.py::test_cooperative_close": "channel machine: cooperative close",
        "test_channel.py::test_the_funder_changes_the_feerate": "we change the feerate",
        "test_channel.py::test_ldk_changes_the_feerate": "LDK changes the feerate",
        "test_channel.py::test_a_close_waits_for_the_payments_under_way": (
            "a cooperative close waits for a payment under way, over a reconnection"
        ),
        "test_channel.py::test_a_reconnection_between_payments": "reconnections between payments",
        "test_cuts.py::test_a_cut_at_every_message": (
            "a payment each way with the connection cut at every message in turn"
        ),
        "test_cuts.py::test_a_restart_in_the_middle": (
            "a cut at LDK's nth message of a payment each way, and a restart from the disk"
        ),
        "test_announcing.py::test_both_announce": "a channel is announced",
        "test_announcing.py::test_a_cut_at_their_half": (
            "a cut at LDK's announcement_signatures; the channel is announced all the same"
        ),
        "test_announcing.py::test_after_a_restart_of_ours": (
            "our restart after the announcement; nothing is announced anew"
        ),
        "test_node.py::test_open_and_pay_both_ways": "open, a payment each way",
        "test_node.py::test_a_channel_that_is_named_by_its_alias_only": (
            "a channel of LDK's that is named by its alias only, a payment each way"
        ),
        "test_node.py::test_the_hundredth_payment": "50 payments each way",
        "test_node.py::test_a_payment_that_ldk_must_fail_has_a_reason": (
            "LDK refuses our payment; the reason is shown, and the next arrives"
        ),
        "test_node.py::test_cooperative_close": "cooperative close",
        "test_node.py::test_reconnection_after_a_cut_and_after_restarts": (
            "reconnection after a cut, after our restart and after LDK's"
        ),
        "test_node.py::test_a_cut_in_the_middle_of_a_payment": (
            "a cut in the middle of a payment each way, after so many bytes of LDK's"
        ),
        "test_node.py::test_a_restart_while_payments_are_pending": (
            "a restart while three payments are pending; LDK then takes two and refuses one"
        ),
        "test_node.py::test_we_force_close": "we force-close",
        "test_node.py::test_ldk_force_closes": "LDK force-closes",
        "test_node.py::test_a_revoked_commitment_is_taken_whole": (
            "LDK publishes a revoked commitment; our node takes all of it"
        ),
        "test_keysend.py::test_each_pays_the_other": "a payment without an invoice each way",
        "test_keysend.py::test_who_does_not_want_it_refuses_it": (
            "LDK refuses a payment without an invoice; the reason is shown"
        ),
        "test_keysend.py::test_over_ldk": "a payment without an invoice over LDK",
        "test_routes.py::test_ldk_passes_a_payment_on": "LDK relays our payments",
        "test_routes.py::test_ldk_pays_another_ldk_over_us": "we relay a payment of LDK to LDK",
        "test_routes.py::test_ldk_finds_a_wallet_behind_us_by_its_hint": (
            "LDK pays a wallet behind our relay by the hint in its invoice"
        ),
        "test_routes.py::test_parts_over_two_channels": (
            "a payment in parts over two channels, each way"
        ),
        "test_routes.py::test_what_ldk_cannot_pass_on_takes_another_way": (
            "LDK cannot relay our payment and says so; it takes another way"
        ),
        "test_routes.py::test_a_payee_that_refuses_behind_ldk_is_heard": (
            "a payee behind LDK and a relay refuses; we read why"
        ),
        "test_routes.py::test_our_relay_restarts_while_a_payment_waits_behind_it": (
            "our relay restarts while a payment of LDK's waits behind it"
        ),
        "test_routes.py::test_a_preimage_that_only_the_chain_shows_is_passed_back": (
            "the payee behind our relay takes the HTLC on chain; LDK gets the preimage"
        ),
        "test_unilateral.py::test_we_force_close": "channel machine and guard: we force-close",
        "test_unilateral.py::test_ldk_force_closes": "channel machine and guard: LDK force-closes",
        "test_unilateral.py::test_an_error_of_ldk_publishes_our_commitment": (
            "LDK sends error; we publish our commitment"
        ),
        "test_unilateral.py::test_we_lost_data": (
            "we come back with an old state; LDK publishes, and what is ours comes home"
        ),
        "test_unilateral.py::test_a_revoked_commitment_is_taken_whole": (
            "LDK publishes a revoked commitment with HTLCs, so many payments later; we take it all"
        ),
        "test_unilateral.py::test_a_revoked_htlc_is_taken_from_its_second_stage": (
            "LDK takes revoked HTLCs to their second stage; we take them from there"
        ),
        "test_pending.py::test_an_htlc_is_pending": (
            "force close with an HTLC pending that is resolved by its preimage or its timeout"
        ),
        "test_relay_pending.py::test_what_the_payee_does_after_the_close": (
            "force close of LDK's channel to our relay while its payment waits at the payee"
        ),
        "test_cheating.py::test_a_revoked_state_with_htlcs_of_both": (
            "LDK publishes a revoked commitment with HTLCs of both; our node takes all of it"
        ),
    },
    ELECTRUM: {
        "test_channel.py::test_open_and_pay_both_ways": "open, payments each way",
        "test_channel.py::test_a_wallet_that_prefers_anchors_opens_without_them": (
            "our node prefers anchors, and opens without them"
        ),
        "test_channel.py::test_a_payment_that_electrum_must_fail_has_a_reason": (
            "Electrum refuses our payment; the reason is shown, and the next arrives"
        ),
        "test_channel.py::test_cooperative_close": "cooperative close",
        "test_channel.py::test_restarts": "our restart, then Electrum's, payments after each",
        "test_channel.py::test_a_restart_while_payments_are_pending": (
            "a restart while two payments are pending; both arrive"
        ),
        "test_channel.py::test_a_cut_in_the_middle_of_payments": (
            "a cut in the middle of a payment each way, by bytes of Electrum's"
        ),
        "test_routes.py::test_electrum_passes_a_payment_on": "Electrum relays our payment",
        "test_routes.py::test_electrum_pays_another_electrum_over_us": (
            "we relay a payment of Electrum to Electrum"
        ),
        "test_routes.py::test_a_restart_while_a_payment_waits_behind_us": (
            "a restart while a payment of Electrum's waits behind our relay"
        ),
        "test_routes.py::test_a_preimage_that_only_the_chain_shows_is_passed_back": (
            "the payee behind our relay takes the HTLC on chain; Electrum gets the preimage"
        ),
        "test_unilateral.py::test_force_close": "force close",
        "test_unilateral.py::test_electrum_takes_an_htlc_by_its_preimage": (
            "force close with our HTLC pending; Electrum takes it by its preimage"
        ),
        "test_unilateral.py::test_we_take_an_htlc_back_that_electrum_never_takes": (
            "force close with our HTLC pending; Electrum is gone, and we take it back"
        ),
        "test_unilateral.py::test_we_take_an_htlc_by_its_preimage": (
            "force close with an HTLC of Electrum's pending; we take it by its preimage"
        ),
        "test_unilateral.py::test_electrum_takes_an_htlc_back_while_we_sleep": (
            "force close with an HTLC of Electrum's pending; it takes it back while we sleep"
        ),
        "test_breach.py::test_a_revoked_commitment_of_electrums_is_taken_whole": (
            "Electrum publishes a revoked commitment with an HTLC pending or none; we take it all"
        ),
        "test_breach.py::test_a_revoked_commitment_of_ours_is_taken_whole_by_electrum": (
            "we publish a revoked commitment with an HTLC pending or none; Electrum takes it all"
        ),
    },
}


def folder_of(peer: str) -> str:
    """Where the tests with this peer stand."""
    return f"tests/peers/{peer.lower()}"
