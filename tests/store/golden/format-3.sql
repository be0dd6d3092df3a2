-- Format 3, as it was released; never changed.

CREATE TABLE counters (           -- the next index of what must never be used twice
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE peers (
    node_id BLOB PRIMARY KEY,
    body    BLOB NOT NULL         -- store/peers.PeerRecord
) STRICT, WITHOUT ROWID;

CREATE TABLE channels (           -- `number` is the index of the channel's keys: one each, for ever
    number  INTEGER PRIMARY KEY,
    peer_id BLOB NOT NULL,
    salt    BLOB NOT NULL,        -- keys/derive.ChannelKeyId
    frozen  TEXT NOT NULL,        -- the name of the bug of ours that froze it, else empty
    signer  BLOB NOT NULL,        -- what the channel's signer must remember
    body    BLOB NOT NULL         -- channel/state.Channel
) STRICT;

CREATE TABLE held_htlcs (         -- which of the counterparty's commitments held which HTLC
    channel INTEGER NOT NULL REFERENCES channels (number),
    offered INTEGER NOT NULL CHECK (offered IN (0, 1)),
    htlc_id INTEGER NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER,              -- NULL while the newest commitment holds it
    body    BLOB NOT NULL,        -- channel/commitment.HtlcSpec
    PRIMARY KEY (channel, offered, htlc_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE peer_policies (      -- the peer's channel_update for our channel
    channel INTEGER PRIMARY KEY REFERENCES channels (number),
    body    BLOB NOT NULL
) STRICT;

CREATE TABLE closes (             -- what the guard has done about a closed channel
    channel INTEGER PRIMARY KEY REFERENCES channels (number),
    body    BLOB NOT NULL         -- store/closes.Close
) STRICT;

CREATE TABLE guard_log (
    number INTEGER PRIMARY KEY,
    body   BLOB NOT NULL
) STRICT;

CREATE TABLE payments (
    payment_hash BLOB NOT NULL,
    outgoing     INTEGER NOT NULL CHECK (outgoing IN (0, 1)),
    number       INTEGER NOT NULL UNIQUE,   -- the order in which they were made
    body         BLOB NOT NULL,
    PRIMARY KEY (payment_hash, outgoing)
) STRICT;

CREATE TABLE notes (              -- the user's own words for a payment; they stay when it is tried anew
    payment_hash BLOB PRIMARY KEY,
    body         BLOB NOT NULL    -- store/notes.Note
) STRICT, WITHOUT ROWID;

CREATE TABLE coin_notes (         -- the same for a transaction or coin of the wallet on chain
    name BLOB PRIMARY KEY,        -- a txid, or an outpoint
    body BLOB NOT NULL            -- store/notes.Note
) STRICT, WITHOUT ROWID;

CREATE TABLE activity (           -- what payments are looked for by, made of `payments` and `notes`
    number       INTEGER PRIMARY KEY,
    payment_hash BLOB NOT NULL,
    outgoing     INTEGER NOT NULL CHECK (outgoing IN (0, 1)),
    happened     INTEGER NOT NULL,
    status       TEXT NOT NULL,
    expires      INTEGER NOT NULL,
    amount_msat  INTEGER,         -- NULL while the payer may choose it
    payee        BLOB NOT NULL,
    description  TEXT NOT NULL,
    words        TEXT NOT NULL,   -- the description as it is compared, so the note
    note         TEXT NOT NULL
) STRICT;

CREATE INDEX activity_by_time ON activity (happened, number);

CREATE UNIQUE INDEX activity_by_hash ON activity (payment_hash, outgoing);

CREATE TABLE inbox (              -- what was said about money and safety
    number  INTEGER PRIMARY KEY,
    is_read INTEGER NOT NULL CHECK (is_read IN (0, 1)),
    body    BLOB NOT NULL         -- store/inbox.Entry
) STRICT;

CREATE TABLE forwards (           -- payments of others, by the HTLC that came in
    channel_id BLOB NOT NULL,
    htlc_id    INTEGER NOT NULL,
    body       BLOB NOT NULL,     -- payment/relay.Forward
    PRIMARY KEY (channel_id, htlc_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE blocks (             -- the newest ones of the best chain that we have processed
    height INTEGER PRIMARY KEY,
    hash   BLOB NOT NULL,
    time   INTEGER NOT NULL
) STRICT;

CREATE TABLE watches (
    outpoint BLOB PRIMARY KEY,
    body     BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE facts (              -- what blocks say of what is watched; they leave with their block
    height   INTEGER NOT NULL,
    position INTEGER NOT NULL,
    body     BLOB NOT NULL,
    PRIMARY KEY (height, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE singles (            -- values of which there is one
    name TEXT PRIMARY KEY,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
