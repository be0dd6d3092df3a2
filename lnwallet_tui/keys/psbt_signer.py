"""Signs what is the wallet's own in a partially signed transaction, and nothing else of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL, SIGHASH_DEFAULT
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.psbt import Psbt, PsbtError, key
from lnwallet_tui.coins.psbt_rules import In
from lnwallet_tui.coins.psbt_spend import sighash_of, spent_output
from lnwallet_tui.keys.coin_signer import KeyCoinSigner

_FINAL: Final = (key(In.FINAL_SCRIPTSIG), key(In.FINAL_SCRIPTWITNESS))


def sign_own(signer: KeyCoinSigner, psbt: Psbt, coins: Iterable[Coin]) -> Psbt:
    """With a signature on every input that spends one of `coins`, which the wallet knows itself:
    what the other side says of them is only compared.

    Raises `PsbtError` where that differs, where another kind of signature is asked for, and where a
    taproot signature would need what is not there.
    """
    own = {coin.outpoint: coin for coin in coins}
    places = [at for at, txin in enumerate(psbt.tx.inputs) if txin.outpoint in own]
    mine = [own[psbt.tx.inputs[at].outpoint] for at in places]
    others = {}
    for at, txin in enumerate(psbt.tx.inputs):
        spent = spent_output(psbt, at)
        if spent is not None:
            others[txin.outpoint] = spent
    for at, coin in zip(places, mine, strict=True):
        if others.get(coin.outpoint, coin.output) != coin.output:
            raise PsbtError("one of your coins is said to be another than it is")
        usual = SIGHASH_DEFAULT if coin.path.taproot else SIGHASH_ALL
        if sighash_of(psbt.inputs[at], usual) != usual:
            raise PsbtError("a signature is asked for that leaves the payment open to change")
        known = {*others, *own}
        if coin.path.taproot and not all(txin.outpoint in known for txin in psbt.tx.inputs):
            raise PsbtError("what one of the inputs spends is not said")
    signed = signer.sign(psbt.tx, mine, others)
    for at, coin in zip(places, mine, strict=True):
        witness = signed.inputs[at].witness
        name = key(In.TAP_KEY_SIG) if coin.path.taproot else key(In.PARTIAL_SIG, witness[1])
        # What is said to be final there already is not of us, or the same again.
        left = {one: of for one, of in psbt.inputs[at].items() if one not in _FINAL}
        psbt = psbt.with_input(at, {**left, name: witness[0]})
    return psbt
