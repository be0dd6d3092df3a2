"""An auditor for the playground's tour: it believes blocks and keys, nobody's books.

    python -m tests.audit TOUR_JSON_FILE BLOCKS_FILE

It reads what `lnwallet-tui play --tour --json` printed and the blocks of the best chain (one block
a line, serialized with witnesses, hex, in order of height; the genesis block may be left out) and
recomputes every balance from outputs and commitment transactions. Nothing of `node`, `channel`,
`payment` or `onchain` is imported: scripts are derived here once more, from BOLT 3. It ends with 0
and a table if every millisatoshi is at an owner or was paid as a fee; else with 1 and the first
contradiction.

What it needs of each line, whatever the step (`chain`, `fund`, `open`, `receive`, `pay`,
`pay-multihop`, `pay-multipart`, `receive-multipart`, `pay-fails`, `close-cooperative`,
`close-unilateral`, `htlc-on-chain`, `breach`, `restart`, `relay-earns`, `done`). Names of people
are free; amounts are integers named with their unit, ids lower-case hex, txids as explorers show
them, raw transactions, scripts and keys in wire order. A line describes the world at rest: no HTLC
is pending in a channel or on the chain, and no transaction of anybody waits for a block.

    step, ok      the step's name; true
    height        the chain's height now; blocks above it are not looked at for this line
    people        object by name, of all who own anything, the faucet or miner included:
        scripts       list: every output script that the person's on-chain wallet ever gave out,
                      change, sweeps and coinbase included (lists may grow from line to line)
        total_msat    what the person's own node calls its total (`BalanceView.total_msat`); for
                      the faucet or miner, who has no node, its confirmed outputs × 1000
        earned_msat   what the person's own node says that passing payments on has brought in all;
                      0 for who passes nothing on
    channels      list of every channel ever funded, closed ones included:
        channel_id
        funding_txid, funding_vout, capacity_sat
        channel_type  "static_remotekey" or "anchors" (a scid alias changes nothing here)
        funder        name
        push_msat     what the funder gave away in `open_channel`
        feerate_per_kw    of the newest commitments
        balances_msat     object by name, of the two parties: what each has in the channel; after
                          a close what each had last, without HTLCs
        basepoints        object by name: funding_pubkey, revocation, payment, delayed_payment,
                          htlc
        to_self_delay     object by name: the blocks that this person's own `to_local` waits
        dust_limit_sat    object by name: the limit of the commitment that this person holds
        commitments       object by name of the holder: number, per_commitment_point, tx
                          (the newest commitment transaction, signed or not; after a close the
                          last), htlcs (list of what it holds, each with offered_by (a name),
                          amount_msat, payment_hash, cltv_expiry)
    transfers     list of on-chain payments from one person to another, confirmed since the line
                  before: txid, from, to, amount_sat (funding a channel is none)
    payments      list of Lightning payments settled since the line before:
        payment_hash, preimage
        payer, payee  names
        amount_msat   what the payee asked for
        fee_msat      what the payer's own node says that the way cost
        hops          list, payer first, of the channels that it passed: channel_id, from, to,
                      amount_msat (all parts together)
    closes        list of closes whose transaction was confirmed since the line before:
        channel_id, txid
        kind          "cooperative", "unilateral" or "breach"
        holder        name, for the latter two: whose commitment it is (of a breach: the cheat)
        number, per_commitment_secret, htlcs
                      for a breach: which revoked commitment it is, its revealed secret, and what
                      HTLCs it holds (as above)

What is checked for each line:

 1. The blocks form one chain, every input spends an output that exists and is unspent, and no
    coinbase takes more than subsidy and fees.
 2. Every unspent output has one owner: a person's script, the funding of a channel that is open,
    what BOLT 3 gives a party in a commitment that was published, or an anchor (which counts for
    nobody: whoever sweeps it has it).
 3. In every channel the balances and the HTLCs of either commitment add up to the capacity; in
    one that is open, or was until now, both newest commitments pay exactly them: rounded down to
    satoshis, the funder's less fee and anchors, nothing below the dust limit.
 4. Balances of channels changed by nothing but the payments in between, hop by hop, and the
    preimage of each payment hashes to its payment hash. An HTLC that a close left to the chain
    counts for who has it in the end. A new channel begins with `push_msat` at
    the fundee. Of each payment the payee has the amount, the payer less by amount and fee, and
    whoever passed it on has the rest: never less than nothing, and over all payments what their
    own nodes count as earned.
 5. A cooperative close pays the parties' own scripts exactly their balances, less the fee at the
    funder (an amount below the dust limit may be left out). A unilateral close is the newest
    commitment of its holder. Each of its HTLCs was taken in a way that BOLT 3 has for it: with the
    preimage by the receiver, after its expiry by the offerer; the holder goes through a second
    stage, whose output is the HTLC less the fee that is fixed, and delayed. A breach is another
    commitment: its secret belongs to it, and everything in it but anchors went to the victim, with
    what the cheat had taken to a second stage.
 6. No person's coins went to another but as one of the above or as a transfer; a second stage
    gives nobody more than what was theirs in it.
 7. Each person's `total_msat` is what was found: own outputs, own share of open channels, own
    outputs of published commitments that wait to be swept.
 8. What was found at people and in anchors adds up to all unspent outputs: what is missing at one
    is at another, or was paid to a miner as a fee.
"""
