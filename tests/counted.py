"""The figures of the README that count cases of tests, and those tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.crash.rows import ALL as DECLARED


@dataclass(frozen=True)
class Cases:
    """A figure that counts cases of tests."""

    name: str
    tests: tuple[str, ...]
    remark: str = ""


CASES: Final = (
    Cases(
        "Vectors of BOLT 1",
        (
            "tests/wire/test_reader.py::test_bigsize_decoding",
            "tests/wire/test_reader.py::test_bigsize_encoding",
            "tests/wire/test_tlv.py::test_stream",
            "tests/wire/test_bolt1.py::test_extension_of_init",
        ),
        "a TLV stream in each of its namespaces",
    ),
    Cases(
        "Vectors of BOLT 3",
        (
            "tests/channel/test_funding_script.py::test_funding_output_of_appendix_b",
            "tests/channel/test_transactions.py::test_commitment_is_the_same_byte_for_byte",
            "tests/channel/test_transactions.py::test_htlc_transactions_are_the_same_byte_for_byte",
            "tests/channel/test_shachain.py::test_generation",
            "tests/channel/test_shachain.py::test_storage",
            "tests/channel/test_keys.py::test_public_keys_of_appendix_e",
            "tests/channel/test_keys.py::test_secrets_of_appendix_e",
            "tests/channel/test_keys.py::test_points_of_appendix_e",
            "tests/channel/test_funding_script.py::test_signatures_of_appendix_g",
        ),
        "a commitment and all its HTLC transactions are two",
    ),
    Cases(
        "Vectors of BOLT 4",
        (
            "tests/onion/test_sphinx.py::test_the_vector_is_built",
            "tests/onion/test_sphinx.py::test_the_vector_is_peeled_hop_by_hop",
            "tests/onion/test_payload.py::test_the_vector_of_bolt_4",
            "tests/onion/test_failure.py::test_the_error_vector",
            "tests/onion/test_failure.py::test_the_vector_in_the_text_of_bolt_4",
        ),
    ),
    Cases(
        "Vectors of BOLT 8",
        (
            "tests/peer/test_noise.py::test_handshake",
            "tests/peer/test_noise.py::test_messages_over_two_key_rotations",
        ),
    ),
    Cases(
        "Examples of BOLT 11",
        (
            "tests/invoice/test_bolt11_vectors.py::test_a_valid_example_says_what_the_bolt_says",
            "tests/invoice/test_bolt11_vectors.py::test_an_invalid_example_is_refused_for_its_reason",
        ),
        "not counted: one that the BOLT's own text contradicts",
    ),
    Cases(
        "Vectors of BIP 32",
        (
            "tests/bitcoin/test_bip32.py::test_bip32_chain",
            "tests/bitcoin/test_bip32.py::test_bip32_invalid_keys",
        ),
    ),
    Cases(
        "Vectors of BIP 39",
        (
            "tests/keys/test_seed.py::test_bip39_words",
            "tests/keys/test_seed.py::test_lengths_that_no_wallet_of_ours_has_are_refused",
        ),
        "those of 18 words are refused, as no wallet here has them",
    ),
    Cases(
        "Vectors of BIP 84 and 86",
        (
            "tests/keys/test_derive.py::test_the_first_wallet_is_the_one_of_bip84",
            "tests/keys/test_taproot_coins.py::test_bip86",
        ),
    ),
    Cases(
        "Vectors of BIP 143",
        (
            "tests/bitcoin/test_sighash.py::test_bip143_digest",
            "tests/bitcoin/test_sighash.py::test_bip143_signature",
        ),
    ),
    Cases(
        "Vectors of BIP 158",
        (
            "tests/chain/test_filters.py::test_bip158_vectors",
            "tests/chain/test_filter_headers.py::test_filter_headers_of_bip158",
        ),
    ),
    Cases(
        "Vectors of BIP 340 and 341",
        (
            "tests/bitcoin/test_schnorr.py::test_bip340",
            "tests/bitcoin/test_schnorr.py::test_bip341_outputs",
            "tests/bitcoin/test_schnorr.py::test_bip341_inputs",
            "tests/bitcoin/test_schnorr.py::test_bip341_s_transaction_is_valid",
        ),
    ),
    Cases(
        "Vectors of BIP 173 and 350",
        (
            "tests/bitcoin/test_address.py::test_valid_bech32",
            "tests/bitcoin/test_address.py::test_valid_bech32m",
            "tests/bitcoin/test_address.py::test_invalid_text",
            "tests/bitcoin/test_address.py::test_bip350_addresses",
            "tests/bitcoin/test_address.py::test_bip350_invalid_addresses",
        ),
    ),
    Cases(
        "A process killed by signal and started again",
        ("tests/node/test_kill.py::test_killed_at_many_points",),
    ),
    Cases(
        "A node cut between a commit and its effect",
        ("tests/node/test_cuts.py::test_a_cut_at_every_effect",),
        "more places than the day has, for each of the two",
    ),
    Cases(
        "Cells of the crash-consistency contract",
        ("tests/crash/test_contract.py::test_a_cell",),
        f"of {len(DECLARED):,} declared, in channels of two types; the others say why not",
    ),
    Cases(
        "A connection that ends around a message",
        ("tests/crash/test_disconnects.py::test_a_disconnect",),
        "in five ways, around the first three of each kind that either node says in a day",
    ),
    Cases(
        "Force-close scenarios exact to the sat",
        (
            "tests/onchain/test_matrix.py::test_it_ends_as_the_model_says",
            "tests/onchain/test_matrix.py::"
            "test_it_ends_as_the_model_says_when_the_close_comes_twice",
        ),
        "whose commitment, which way the payment goes, how it ends, both types, either funder",
    ),
)
