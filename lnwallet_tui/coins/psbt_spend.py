"""A payment of the wallet as a partially signed transaction: handed out unsigned, taken back,
finalised, and made a transaction again (BIP174, BIP371)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from lnwallet_tui.bitcoin.bip32 import HARDENED, ExtendedPublicKey
from lnwallet_tui.bitcoin.curve import x_only
from lnwallet_tui.bitcoin.script import is_p2wpkh, p2wpkh, parse_witness_program
from lnwallet_tui.bitcoin.serial import Reader, compact_size, with_length
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL, SIGHASH_DEFAULT
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxOut, read_output
from lnwallet_tui.coins.build import BuiltTx
from lnwallet_tui.coins.coin import KeyPath
from lnwallet_tui.coins.psbt import Fields, Psbt, PsbtError, entries, key
from lnwallet_tui.coins.psbt_rules import In, Out, read_witness
from lnwallet_tui.coins.weights import spending_weight

_KEPT_WHEN_FINAL: Final = (In.NON_WITNESS_UTXO, In.WITNESS_UTXO, In.FINAL_SCRIPTWITNESS)


@dataclass(frozen=True, slots=True)
class Origins:
    """Where the wallet's keys come from: the root's fingerprint, the coin type of the network, and
    the public halves of m/84'/coin'/0' and m/86'/coin'/0'."""

    fingerprint: bytes
    coin_type: int
    p2wpkh: ExtendedPublicKey
    p2tr: ExtendedPublicKey

    def pubkey(self, path: KeyPath) -> bytes:
        """The public key (33 bytes) at a path."""
        account = self.p2tr if path.taproot else self.p2wpkh
        return account.child(int(path.change)).child(path.index).pubkey

    def origin(self, path: KeyPath) -> bytes:
        """The same as other wallets read it."""
        purpose = 86 if path.taproot else 84
        steps = (purpose + HARDENED, self.coin_type + HARDENED, HARDENED, path.change, path.index)
        return self.fingerprint + b"".join(step.to_bytes(4, "little") for step in steps)


# -- handing out
def unsigned(
    built: BuiltTx, change: KeyPath | None, origins: Origins, parents: Mapping[bytes, Tx]
) -> Psbt:
    """What `built` would be, with all that a signer needs; `change` is the path of what comes back,
    and `parents` are the transactions that made its coins, by txid, as far as they are known."""
    psbt = Psbt.of(built.tx)
    for index, coin in enumerate(built.coins):
        fields = {key(In.WITNESS_UTXO): coin.output.serialize()}
        parent = parents.get(coin.outpoint.txid)
        # BIP174: signers may refuse a segwit input of version 0 without the whole transaction that
        # made it, because its value could be a lie. A taproot signature is over all values.
        if parent is not None and not coin.path.taproot:
            fields[key(In.NON_WITNESS_UTXO)] = parent.serialize()
        pubkey, origin = origins.pubkey(coin.path), origins.origin(coin.path)
        if coin.path.taproot:
            fields[key(In.TAP_BIP32_DERIVATION, x_only(pubkey))] = compact_size(0) + origin
            fields[key(In.TAP_INTERNAL_KEY)] = x_only(pubkey)
        else:
            fields[key(In.BIP32_DERIVATION, pubkey)] = origin
        psbt = psbt.with_input(index, dict(sorted(fields.items())))
    if built.change is None or change is None:
        return psbt
    return psbt.with_output(built.change, _of_change(change, origins))


def _of_change(path: KeyPath, origins: Origins) -> Fields:
    pubkey, origin = origins.pubkey(path), origins.origin(path)
    if not path.taproot:
        return {key(Out.BIP32_DERIVATION, pubkey): origin}
    return {
        key(Out.TAP_INTERNAL_KEY): x_only(pubkey),
        key(Out.TAP_BIP32_DERIVATION, x_only(pubkey)): compact_size(0) + origin,
    }


# -- taking back
def spent_output(psbt: Psbt, index: int) -> TxOut | None:
    """What an input spends, as it is said there; None where it is not. Raises `PsbtError` where it
    contradicts itself."""
    fields, outpoint = psbt.inputs[index], psbt.tx.inputs[index].outpoint
    short, whole = fields.get(key(In.WITNESS_UTXO)), fields.get(key(In.NON_WITNESS_UTXO))
    said = None if short is None else read_output(Reader(short))
    if whole is None:
        return said
    # BIP174: "If a non-witness UTXO is provided, its hash must match the hash specified in the
    # prevout"
    parent = Tx.parse(whole)
    if parent.txid != outpoint.txid or outpoint.vout >= len(parent.outputs):
        raise PsbtError("an input spends another transaction than the one beside it")
    made = parent.outputs[outpoint.vout]
    if said is not None and said != made:
        raise PsbtError("an input is said to spend two different outputs")
    return made


def sighash_of(fields: Fields, usual: int) -> int:
    """The type of signature that an input asks for."""
    asked = fields.get(key(In.SIGHASH_TYPE))
    return usual if asked is None else int.from_bytes(asked, "little")


def finalised(psbt: Psbt) -> Psbt:
    """With the final witness of every input of a single key that is signed; others stay."""
    for index, fields in enumerate(psbt.inputs):
        spent = spent_output(psbt, index)
        witness = None if spent is None else _witness(fields, spent.script_pubkey)
        if witness is not None:
            final = compact_size(len(witness)) + b"".join(map(with_length, witness))
            fields = {**fields, key(In.FINAL_SCRIPTWITNESS): final}
            psbt = psbt.with_input(index, _without_what_is_done(fields))
    return psbt


def weight_once_signed(psbt: Psbt, ours: Mapping[OutPoint, int]) -> int | None:
    """The most that it weighs when our inputs, each of such a weight, are signed; None where
    somebody else has to sign, too. Raises `PsbtError`."""
    weights = []
    for txin, fields in zip(psbt.tx.inputs, finalised(psbt).inputs, strict=True):
        weight = ours.get(txin.outpoint) or _final_weight(fields)
        if weight is None:
            return None
        weights.append(weight)
    return spending_weight(weights, [output.script_pubkey for output in psbt.tx.outputs])


def _final_weight(fields: Fields) -> int | None:
    script_sig = fields.get(key(In.FINAL_SCRIPTSIG), b"")
    witness = fields.get(key(In.FINAL_SCRIPTWITNESS))
    if not script_sig and witness is None:
        return None
    return 4 * (36 + len(with_length(script_sig)) + 4) + len(witness or b"\0")


def _witness(fields: Fields, script: bytes) -> tuple[bytes, ...] | None:
    if key(In.FINAL_SCRIPTWITNESS) in fields or key(In.FINAL_SCRIPTSIG) in fields:
        return None
    if is_p2wpkh(script):
        signed = entries(fields, In.PARTIAL_SIG).items()
        asked = sighash_of(fields, SIGHASH_ALL)
        return next(
            (
                (signature, pubkey)
                for pubkey, signature in signed
                if p2wpkh(pubkey) == script and signature[-1:] == bytes((asked & 0xFF,))
            ),
            None,
        )
    signature = fields.get(key(In.TAP_KEY_SIG))
    parsed = parse_witness_program(script)
    if signature is None or parsed is None or parsed[0] != 1:
        return None
    kind = signature[64] if len(signature) == 65 else SIGHASH_DEFAULT
    return (signature,) if kind == sighash_of(fields, SIGHASH_DEFAULT) else None


def _without_what_is_done(fields: Fields) -> Fields:
    # BIP174: "All other data except the UTXO and unknown fields in the input key-value map should
    # be cleared from the PSBT."
    known = {kind.value for kind in In} - {kind.value for kind in _KEPT_WHEN_FINAL}
    return {
        name: value for name, value in fields.items() if Reader(name).compact_size() not in known
    }


def extracted(psbt: Psbt) -> Tx | None:
    """The transaction, if every input is final."""
    inputs = []
    for txin, fields in zip(psbt.tx.inputs, psbt.inputs, strict=True):
        script_sig = fields.get(key(In.FINAL_SCRIPTSIG), b"")
        witness = fields.get(key(In.FINAL_SCRIPTWITNESS))
        if not script_sig and witness is None:
            return None
        items = () if witness is None else read_witness(witness)
        inputs.append(replace(txin, script_sig=script_sig, witness=items))
    return replace(psbt.tx, inputs=tuple(inputs))
