"""Activity: ten thousand payments of which few are drawn and fetched, the filter, notes, export,
and the way to one payment with how it was tried."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.strip import Strip
from textual.widgets import Input

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.events import BalanceChanged, PaymentChanged, StatusChanged
from lnwallet_tui.api.gifts import GiftView
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import AttemptEnd, PaymentStatus, PaymentView
from lnwallet_tui.ui.screens.activity import ActivityScreen
from lnwallet_tui.ui.widgets.payment_rows import MOST_PAGES, PAGE, PaymentRows
from tests.ui import coins, views
from tests.ui.holdings import HOLDINGS
from tests.ui.payloads import PAYLOADS
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, Stage, on_stage
from tests.ui.test_export import closed
from tests.ui.test_hostile import MARK, WORST, is_safe, marked

MANY = 10_000


def payments(number: int) -> tuple[PaymentView, ...]:
    """The newest first, an hour apart; each of as many satoshis as its number, the oldest of 1."""
    return tuple(
        views.payment(
            f"{i:064x}",
            outgoing=i % 2 == 0,
            status=(PaymentStatus.PAID, PaymentStatus.FAILED)[i % 3 == 0],
            amount_msat=(number - i) * 1_000,
            created=views.NOW - i * 3_600,
            description=f"thing {i}",
        )
        for i in range(number)
    )


def wallet(number: int) -> ScriptedNode:
    node = ScriptedNode()
    node.payment_views = payments(number)
    return node


def rows(stage: Stage) -> PaymentRows:
    return stage.app.screen.query_one(PaymentRows)


def field(stage: Stage, selector: str) -> str:
    return stage.app.screen.query_one(selector, Input).value


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


class Drawn:
    """Counts the rows that are drawn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows = 0
        render = PaymentRows.render_line

        def counted(of: PaymentRows, y: int) -> Strip:
            self.rows += 1
            return render(of, y)

        monkeypatch.setattr(PaymentRows, "render_line", counted)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_of_ten_thousand_only_what_is_seen_is_drawn_and_fetched(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    node, drawn = wallet(MANY), Drawn(monkeypatch)
    async with on_stage(node, size=size) as stage:
        await stage.press("a")
        await stage.shows("Activity: 10,000 payments", "+9,999 sat", "its words: thing 0")
        assert node.rows_handed_out == PAGE
        assert drawn.rows < 8 * size[1]
        for keys, seen, pages in (
            (("G",), "↓ 1 sat failed", 2),  # the last page lies across two
            (("g",), "↑ 10,000 sat not paid", 0),
            (("pagedown",) * 3, f"{MANY - 3 * (rows(stage).size.height - 1):,} sat", 2),
        ):
            node.rows_handed_out = drawn.rows = 0
            await stage.press(*keys)
            await stage.shows(seen)
            assert node.rows_handed_out <= pages * PAGE
            assert drawn.rows <= 8 * size[1] * len(keys)
        drawn.rows = 0
        await stage.press("down")
        assert drawn.rows <= 2 * size[1]


async def test_a_list_of_before_is_called_old_while_it_is_read_anew() -> None:
    node = wallet(3)
    async with on_stage(node) as stage:
        gate = node.hold("search_activity")
        await stage.press("a")
        await stage.shows("Activity: being read…")
        gate.set()
        await stage.shows("Activity: 3 payments", "thing 0")
        await stage.lacks("old: reading")
        gate.clear()
        await stage.press("/")
        await stage.paste("failed")  # the rows are still those of all
        await stage.shows("Activity: 3 payments, old: reading anew…", "+2 sat")
        gate.set()
        await stage.shows("Activity: 1 payment found")
        await stage.lacks("old: reading", "+2 sat")
        gate.clear()
        node.speak(PaymentChanged(replace(node.payment_views[2], fee_msat=5)))
        await stage.shows("Activity: 1 payment found, old: reading anew…")
        gate.set()
        await stage.lacks("old: reading")
        await stage.paste(" month:none")
        await stage.shows("Activity: 1 payment found, as before", "✗")


async def test_what_is_held_has_a_limit_however_far_one_goes() -> None:
    node = wallet(2_000)
    async with on_stage(node) as stage:
        await stage.press("a")
        for _ in range(40):
            await stage.press("pagedown")
            assert len(rows(stage)._pages) <= MOST_PAGES
        await stage.shows(f"thing {rows(stage).cursor}")
        await stage.press("G")
        await stage.shows("thing 1999")
        for _ in range(10):
            await stage.press("pageup")
        await stage.shows(f"thing {rows(stage).cursor}")


async def test_a_new_payment_fetches_a_page_and_a_storm_of_them_few() -> None:
    node = wallet(MANY)
    async with on_stage(node, size=LARGE) as stage:
        await stage.press("a")
        await stage.shows("10,000 payments")
        node.rows_handed_out = 0
        new = views.payment("ff" * 32, amount_msat=77_000, created=views.NOW + 60)
        node.payment_views = (new, *node.payment_views)
        node.speak(PaymentChanged(new))
        await stage.shows("10,001 payments", "-77 sat")
        assert node.rows_handed_out == PAGE
        node.rows_handed_out = 0
        for number in range(500):
            node.speak(PaymentChanged(replace(new, fee_msat=number)))
        node.payment_views = (replace(new, fee_msat=499), *node.payment_views[1:])
        await stage.shows("0.499 sat")  # it has a column in a wide window
        assert node.rows_handed_out < 60 * PAGE


async def test_the_cursor_stays_on_its_payment_when_another_arrives() -> None:
    node = wallet(300)
    async with on_stage(node) as stage:
        await stage.press("a", *["pagedown"] * 5, "down")
        here = rows(stage).payment
        line = rows(stage).cursor - rows(stage).scroll_offset.y
        new = views.payment("ff" * 32, created=views.NOW + 60)
        node.payment_views = (new, *node.payment_views)
        node.speak(PaymentChanged(new))
        await stage.shows("301 payments")
        assert rows(stage).payment == here
        assert rows(stage).cursor - rows(stage).scroll_offset.y == line


async def test_keys_and_mouse_move_the_cursor() -> None:
    async with on_stage(wallet(300)) as stage:
        await stage.press("a", "j", "j", "k", "down")
        assert rows(stage).cursor == 2
        await stage.press("end")
        assert rows(stage).cursor == 299
        await stage.press("home", "up")
        assert rows(stage).cursor == 0
        await stage.pilot.click(PaymentRows, offset=(10, 4))
        await stage.shows("thing 4")
        assert stage.place == "ActivityScreen"
        await stage.pilot.click(PaymentRows, offset=(10, 4))
        await stage.shows("To 03cdcdcd…cdcdcdcd", "thing 4")
        await stage.press("escape")
        await stage.pilot.hover(PaymentRows, offset=(10, 6))
        rows(stage).scroll_down(animate=False)
        await stage.rest()
        assert rows(stage).scroll_offset.y == 1
        assert rows(stage).cursor == 4
        await stage.click_on("6 Activity")
        await stage.press("5", "6")
        await stage.shows("300 payments")


async def test_what_is_empty_is_not_written_and_that_is_said() -> None:
    async with on_stage(wallet(20)) as stage:
        await stage.press("a", "slash")
        await stage.type("since:2030")
        await stage.press("enter")
        await stage.shows("Nothing was found.")
        await stage.lacks("e Export")
        await stage.press("e")
        await stage.shows("There is nothing to write: no payment was found. esc shows all again.")
        await stage.lacks("Write to:")
        await stage.press("escape")
        await stage.shows("20 payments", "e Export")


async def test_without_payments_there_is_a_next_step() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("6")
        await stage.shows("No payment yet.", "Press s to pay, r to be paid.")
        await stage.lacks("n Note", "e Export")
        await stage.press("n", "enter", "j", "G")
        await stage.shows("No payment yet.")
        await stage.press("e")
        await stage.shows("There is nothing to write yet.")
        await stage.shows("No payment yet.")
        node.payment_views = payments(1)
        node.speak(PaymentChanged(node.payment_views[0]))
        await stage.shows("Activity: 1 payment", "thing 0", "n Note")
        await stage.press("n")
        await stage.shows("Your note:")


# ── the filter
async def test_the_list_is_filtered_while_one_types() -> None:
    async with on_stage(wallet(MANY)) as stage:
        await stage.press("a", "slash")
        await stage.type("out paid >9990")
        await stage.shows("Activity: 3 payments found", "-9,998 sat", "-9,996 sat", "-9,992 sat")
        await stage.press("enter", "down")
        await stage.shows("thing 4")


async def test_an_amount_is_found_as_the_list_shows_it() -> None:
    async with on_stage(wallet(3_000)) as stage:
        await stage.press("a", "slash")
        for typed in ("2,000", "2000", "-2,000 sat", "2k"):
            await stage.press("ctrl+u")
            await stage.type(typed)
            await stage.shows("found", "-2,000 sat")


async def test_who_is_paid_is_shown_and_found_by_name() -> None:
    node = wallet(20)
    itself = Untrusted("Florist of Rue 7")
    node.payment_views = (
        replace(node.payment_views[0], payee="02" + "55" * 32, payee_name=itself),
        *node.payment_views[1:],
    )
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("a")
        await stage.shows("↑ 20 sat not paid “Florist of Rue 7”", "-18 sat paid Bea's shop")
        await stage.press("slash")
        await stage.type("florist")
        await stage.shows("1 payment found", "20 sat")
        await stage.press("ctrl+u")
        await stage.type("SHOP paid")
        await stage.shows("6 payments found", "-18 sat")
        await stage.press("ctrl+u")
        await stage.type("carl")
        await stage.shows("with 1 word in a text, the amount, the hash, or the payee's name or id.")


async def test_a_word_that_is_not_understood_is_named_and_the_list_stays() -> None:
    async with on_stage(wallet(20)) as stage:
        await stage.press("a", "slash")
        await stage.type("out")
        await stage.shows("10 payments found")
        await stage.type(" >x")
        await stage.shows("“>x” holds no amount.", "An amount is written in sat: >10000")
        await stage.shows("10 payments found", "20 sat")
        await stage.press("backspace", "backspace", *" since")
        await stage.shows("“since” lacks its colon.", "Write since:2026-09;")
        await stage.lacks("Nothing was found.")
        await stage.press(*["backspace"] * 6, *" >18")
        await stage.shows("1 payment found")
        await stage.lacks("holds no amount")


async def test_nothing_found_says_what_was_looked_for() -> None:
    async with on_stage(wallet(20)) as stage:
        await stage.press("a", "slash")
        await stage.type("in stuck >5 <2k since:2026-01-02 until:2026 note:x y")
        await stage.shows(
            "Nothing was found. You look for payments to you, that are stuck, of at least 6 sat, "
            "of at most 1,999 sat, begun since 2026-01-02, until 2026-12-31, with 1 word in a note "
            "or an invoice's words, with 1 word in a text, the amount, the hash, or the payee's "
            "name or id."
        )
        await stage.press("escape")
        await stage.shows("20 payments")


async def test_escape_shows_all_and_loses_no_word() -> None:
    async with on_stage(wallet(20)) as stage:
        await stage.press("a", "slash")
        await stage.type("paid >15")
        await stage.shows("found")
        await stage.press("enter", "escape")
        await stage.shows("Activity: 20 payments", "/: what you looked for")
        await stage.press("slash")
        assert field(stage, "#filter") == "paid >15"
        await stage.type("out")  # they are selected
        assert field(stage, "#filter") == "out"
        await stage.press("escape", "slash", "right")
        await stage.press("ctrl+u", *"paid >15", "escape", "slash", "end")
        await stage.type("0")
        assert field(stage, "#filter") == "paid >150"
        await stage.shows("Nothing was found.")
        await stage.press("escape", "escape")
        await stage.shows("Latest payments")
        await stage.press("a", "slash")
        assert field(stage, "#filter") == "paid >150"
        await stage.app.action_mode("guard")
        await stage.app.action_mode("activity")
        await stage.rest()
        assert field(stage, "#filter") == "paid >150"


async def test_a_hostile_filter_is_a_filter() -> None:
    async with on_stage(wallet(20)) as stage:
        for name, text in PAYLOADS.items():
            await stage.press("a")
            stage.app.screen.query_one("#filter", Input).clear()
            await stage.paste_into(
                "#filter", text.decode("latin-1") if isinstance(text, bytes) else text
            )
            assert field(stage, "#filter"), name
            is_safe(stage, name)
            await stage.press("escape", "escape")
            is_safe(stage, name)


async def test_the_last_month_is_one_key_and_is_written_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    async with on_stage(wallet(2_000)) as stage:
        await stage.press("a")
        await stage.shows("begun (2026, UTC)", "month:last", "since:2026-09", "m Last month")
        await stage.press("e")
        await stage.shows("Writes 2,000 payments. Only the last month: esc, m.")
        await stage.press("escape", "slash")
        await stage.type("out since:2026")
        await stage.press("enter", "m")
        assert field(stage, "#filter") == "out month:last"
        await stage.shows("372 payments found", "31 Aug 22:13")
        await stage.press("e")
        await stage.shows("Writes 372 payments of 2026-08.", "lnwallet-2026-08.csv")
        await stage.press("enter")
        await stage.shows("372 payments written to")
        assert len((tmp_path / "lnwallet-2026-08.csv").read_text().splitlines()) == 373
        await stage.press("slash", "ctrl+u")
        await stage.type("month:july")
        await stage.shows("payments found", "31 Jul 23:13")
        await stage.press("enter", "e")
        await stage.shows("lnwallet-2026-07.csv")


# ── what moved on chain
def with_transactions() -> ScriptedNode:
    """Two payments, and what a wallet had to do on chain between them."""
    node = wallet(2)
    node.lists_transactions = True
    node.transaction_views = (
        coins.transaction(3, kind=TxKind.SENT, amount_sat=-7_143, fee_sat=143, confirmations=0),
        coins.transaction(4, kind=TxKind.SWEEP, amount_sat=468_459, fee_sat=492, confirmations=3),
        coins.transaction(
            2, kind=TxKind.OPENING, amount_sat=-600_143, fee_sat=143, confirmations=7
        ),
    )
    return node


async def test_what_moved_on_chain_stands_among_the_payments(tmp_path: Path) -> None:
    node = with_transactions()
    node.channel_views = (closed(HOLDINGS.written_off.children[0], views.NOW),)
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("a")
        await stage.shows(
            "Activity: 2 payments, 3 on chain",
            "waits for a block ↑ -7,000 sat on chain sent",
            "-7,000 sat, and 143 sat of fee unconfirmed",
        )
        amounts = [line.split(" sat")[0].split()[-1] for line in stage.text.split("\n")[4:9]]
        assert amounts == ["-7,000", "2", "+468,459", "+1", "-600,000"]
        await stage.press("G", "n")
        await stage.type("Bakery")
        await stage.press("enter")
        await stage.shows("you noted: Bakery", "opened to Alice, Bakery")
        assert node.told("set_transaction_note") == [(coins.txid(2), "Bakery")]
        await stage.press("question_mark")
        await stage.shows("A transaction, opened to Alice: -600,000 sat, and 143 sat of fee")
        await stage.press("escape", "enter")
        await stage.shows("Transaction: in block", "opened to Alice", "you noted: Bakery")
        await stage.press("escape", "slash")
        await stage.type("onchain out")
        await stage.shows("Activity: 2 on chain found", "-7,000 sat", "-600,000 sat")
        await stage.press("enter", "e")
        await stage.shows("Writes 2 on chain, 1 close cost.")
        await stage.press("ctrl+u")
        await stage.type(str(tmp_path / "x.csv"))
        await stage.press("enter")
        await stage.shows("2 on chain, 1 close cost written to")
        await stage.press("slash", "ctrl+u")
        await stage.type("onchain >1m")
        await stage.shows("You look for payments on chain, of at least 1,000,001 sat.")


@pytest.mark.parametrize("outgoing", [True, False])
async def test_what_was_given_with_a_channel_stands_among_them(
    tmp_path: Path, outgoing: bool
) -> None:
    node = with_transactions()
    view = views.channel()
    gift = GiftView(
        channel_id=view.channel_id,
        peer_id=view.peer_id,
        outgoing=outgoing,
        amount_msat=100_000_500,
        time=views.NOW - 30,
        txid=view.funding_txid,
    )
    node.channel_views = (replace(view, gift=gift),)
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("a")
        await stage.shows("Activity: 2 payments, 3 on chain, 1 gift")
        await stage.press("slash")
        await stage.type("gift")
        said = ("received", "by Alice", "They gave you 100,000.500 sat")
        if outgoing:
            said = ("given", "to Alice", "You gave them 100,000.500 sat")
        await stage.shows("Activity: 1 gift found", *said)
        await stage.press("enter", "n")
        await stage.lacks("Your note")
        await stage.press("e", "ctrl+u")
        await stage.type(str(tmp_path / "x.csv"))
        await stage.press("enter")
        await stage.shows("1 gift written to")
        [row] = csv.DictReader(io.StringIO((tmp_path / "x.csv").read_text()))
        change = -gift.amount_msat if outgoing else gift.amount_msat
        assert (row["kind"], row["direction"]) == ("gift", "out" if outgoing else "in")
        assert (row["wallet_msat"], row["txid"]) == (str(change), view.funding_txid)
        await stage.press("enter")
        await stage.shows("Close alone")
        await stage.press("escape")
        await stage.shows("1 gift found")
        node.channel_views = (replace(view, gift=replace(gift, waits=True)),)
        node.speak(BalanceChanged(replace(views.BALANCE, opening_msat=1)))
        whose = "theirs" if outgoing else "yours"
        await stage.shows("opening", f"100,000.500 sat are {whose} once the channel is ready;")


async def test_what_waits_for_a_block_is_seen_when_it_has_one() -> None:
    node = with_transactions()
    async with on_stage(node) as stage:
        await stage.press("a")
        await stage.shows("waits for a block")
        sent = coins.transaction(3, kind=TxKind.SENT, amount_sat=-7_143, fee_sat=143)
        node.transaction_views = (*node.transaction_views[1:], sent)
        node.status_view = replace(node.status_view, height=node.status_view.height + 1)
        node.speak(StatusChanged(node.status_view))
        await stage.lacks("waits for a block")
        await stage.shows("2 payments, 3 on chain", "13:13 ↑ -7,000 sat on chain sent")


# ── one payment
async def test_a_payment_older_than_the_picture_is_shown_with_its_tries() -> None:
    node = wallet(1_000)
    node.attempt_views = (
        views.attempt(),
        views.attempt(
            part=2, amount_msat=398_000, fee_msat=0, hops=1, first_peer=views.SHOP,
            end=AttemptEnd.ARRIVED,
        ),
        views.attempt(2, fee_msat=0, hops=2, first_peer="09" * 33, end=AttemptEnd.UNDER_WAY),
    )  # fmt: skip
    async with on_stage(node, ScriptedWorld(), LARGE) as stage:
        await stage.press("a", "G", "up", "enter")
        await stage.shows(
            "✓ Paid 2 sat", f"{998:064x}",
            "Try 1.1 600 sat came back, 3 hops via Alice",
            "Try 1.2 398 sat arrived, fee none, 1 hop via Bea's shop",
            "Try 2 600 sat under way, fee none, 2 hops via 09090909",
        )  # fmt: skip
        await stage.press("y")
        assert stage.app.clipboard == views.PREIMAGE
        node.speak(PaymentChanged(views.payment("ff" * 32)))
        await stage.rest()
        await stage.shows("✓ Paid 2 sat")
        await stage.press("escape")
        assert stage.place == "ActivityScreen"


async def test_why_a_try_failed_is_said_with_it_while_the_payment_goes_on() -> None:
    node = wallet(3)
    why = "The receiver may be offline. Try again when it is online."
    under_way = replace(payments(3)[0], status=PaymentStatus.IN_FLIGHT, reason=why)
    node.payment_views = (under_way, *payments(3)[1:])
    node.attempt_views = (views.attempt(1, failed_hop=2, failure=why), views.attempt(2))
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("a", "enter")
        await stage.shows("On its way.", "hop 2 of 3: The receiver may be offline.")


async def test_why_a_try_failed_stands_there_once_and_keeps_its_column() -> None:
    node = wallet(3)
    why = (
        "Your channel's peer could not pass 3 sat on: the receiver may be offline, or the channel "
        "with it cannot take it now. Try again when it is online; if it is, try a smaller amount."
    )
    other = "A node on the way wants a higher fee than it was offered. Try again in a few minutes."
    node.payment_views = (
        replace(payments(3)[0], reason=f"Given up after 2 tries. The last time: {why}"),
        *payments(3)[1:],
    )
    node.attempt_views = (
        views.attempt(1, failed_hop=2, failure=other),
        views.attempt(2, failed_hop=1, failure=why),
        views.attempt(3, failure=why),
    )
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("a", "enter")
        await stage.shows(
            "Sent back by Bea's shop, hop 2 of 3: A node on the way wants a higher fee",
            "Sent back by Bea's shop, hop 1 of 3, as said above. Try 3",
        )
        assert stage.seen.count("the receiver may be offline") == 1
        lines = stage.text.split("\n")
        first = next(at for at, line in enumerate(lines) if "hop 2 of 3" in line)
        assert lines[first].index("Sent back") == 13
        assert len(lines[first + 1]) - len(lines[first + 1].lstrip()) == 13
        await stage.pilot.resize_terminal(*LARGE)
        await stage.shows("wants a higher fee than it was offered. Try again in a few minutes.")


async def test_a_payment_stays_where_it_was_begun_when_it_ends() -> None:
    node = wallet(2)
    under_way = replace(
        views.payment("ee" * 32, amount_msat=7_000, created=views.NOW - 1_800),
        status=PaymentStatus.IN_FLIGHT,
        settled=0,
    )
    node.payment_views = (*node.payment_views, under_way)
    async with on_stage(node) as stage:
        await stage.press("a")
        await stage.shows("begun (2026, UTC)", "13:43 ↑ -7 sat on its way")
        paid = replace(under_way, status=PaymentStatus.PAID, settled=views.NOW + 60)
        node.payment_views = (*node.payment_views[:-1], paid)
        node.speak(PaymentChanged(paid))
        await stage.shows("13:43 ↑ -7 sat paid")
        lines = [line for line in stage.text.split("\n") if " sat " in line]
        assert ["14:13" in lines[0], "13:43" in lines[1], "13:13" in lines[2]] == [True] * 3
        await stage.press("down", "enter")
        await stage.shows("Begun Mon 21 Sep 2026, 13:43 UTC", "Settled Mon 21 Sep 2026, 14:14 UTC")


async def test_one_that_failed_before_was_begun_when_it_was_tried_first() -> None:
    node = wallet(0)
    paid = views.payment(created=views.NOW - 900)
    node.payment_views = (replace(paid, first_begun=views.NOW - 1_800),)
    node.attempt_views = (
        views.attempt(failed_hop=2, failure="It asked for more."),
        views.attempt(2, end=AttemptEnd.ARRIVED),
    )
    async with on_stage(node) as stage:
        await stage.press("a")
        await stage.shows("13:43 ↑ -25,000 sat paid", "first tried 13:43 · paid 13:58 its words:")
        await stage.press("slash", *"failed", "enter")
        await stage.shows("1 payment found", "-25,000 sat paid")
        await stage.press("enter")
        await stage.shows("✓ Paid", "Begun Mon 21 Sep 2026, 13:43", "Again Mon 21 Sep 2026, 13:58")
        await stage.shows("Try 1 600 sat came back", "Try 2 600 sat arrived")


async def test_the_days_of_a_payment_have_their_year() -> None:
    node = wallet(3)
    async with on_stage(node) as stage:
        await stage.press("a", "enter")
        await stage.shows("Begun Mon 21 Sep 2026, 14:13 UTC just now")
        await stage.lacks("Settled")
        await stage.press("escape", "down", "enter")
        await stage.shows(
            "Amount 2 sat Made Mon 21 Sep 2026, 13:13 UTC 60 min ago",
            "Settled Mon 21 Sep 2026, 13:13 UTC 60 min ago",
        )
        line = next(line for line in stage.text.split("\n") if "Amount" in line)
        assert line.split() == ["Amount", "2", "sat"]
        assert line.index("2 sat") == 13  # where all the others begin


async def test_one_that_came_in_was_not_tried() -> None:
    node = wallet(3)
    async with on_stage(node) as stage:
        await stage.press("a", "down", "enter")
        await stage.shows("Received 2 sat", "From not known: a payment does not say who makes it")
        await stage.lacks("Try")


# ── notes
async def test_a_note_is_written_shown_and_found() -> None:
    node = wallet(30)
    async with on_stage(node) as stage:
        await stage.press("a", "down", "down", "n")
        await stage.type("Rent of May ")
        await stage.press("enter")
        await stage.shows("you noted: Rent of May")
        assert node.told("set_note") == [(f"{2:064x}", "Rent of May")]
        await stage.press("slash")
        await stage.type("note:may")
        await stage.shows("1 payment found", "thing 2")
        await stage.press("enter", "enter")
        await stage.shows("You noted", "Rent of May")
        await stage.press("escape", "n")
        assert field(stage, "#answer") == "Rent of May"
        await stage.press("backspace", "enter")
        await stage.shows("Nothing was found.")


async def test_a_note_that_is_not_sent_is_kept_for_its_payment() -> None:
    node = wallet(30)
    node.refusing["set_note"] = Refused(RefusalCode.DISK, "The disk is full.", "Free some space.")
    async with on_stage(node) as stage:
        await stage.press("a", "n")
        await stage.type("half a no")
        await stage.press("escape", "down", "n")
        assert field(stage, "#answer") == ""
        await stage.press("escape", "up", "n")
        assert field(stage, "#answer") == "half a no"
        await stage.press("enter")
        await stage.shows("The disk is full.", "Free some space.")
        assert field(stage, "#answer") == "half a no"
        node.refusing.clear()
        await stage.press("enter")
        await stage.shows("you noted: half a no")
        await stage.lacks("The disk is full.")


async def test_words_and_notes_of_others_are_harmless_here() -> None:
    node = wallet(2)
    async with on_stage(node) as stage:
        await stage.press("a")
        for name in (*WORST, "directions", "C1", "lines and paragraphs"):
            text = Untrusted(marked(PAYLOADS[name]))
            node.payment_views = tuple(
                replace(one, description=text, note=text, payee_name=text) for one in payments(2)
            )
            node.speak(PaymentChanged(node.payment_views[0]))
            await stage.shows(f"its words: <{MARK}>", f"you noted: <{MARK}>")
            is_safe(stage, name)
            for line in stage.text.split("\n"):
                assert not (" sat" in line and f"its words: <{MARK}>" in line)
                assert line.count(" sat") < 2
        await stage.press("enter")
        await stage.shows("You noted", f"<{MARK}>")
        is_safe(stage, "its page")


# ── export
async def test_what_is_shown_is_written_where_one_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    async with on_stage(wallet(600), size=LARGE) as stage:
        await stage.press("a", "slash")
        await stage.type("out")
        await stage.press("enter", "e")
        await stage.shows("Write to:")
        assert field(stage, "#answer") == str(tmp_path / "lnwallet-2026-09-21.csv")
        await stage.press(*["backspace"] * 4)
        await stage.type(".txt")
        await stage.press("enter")
        await stage.shows("Which kind of file is it to be?", "End its name in .csv or .json.")
        await stage.press(*["backspace"] * 4)
        await stage.type(".json")
        await stage.press("escape", "e", "enter")
        await stage.shows("300 payments written to")
        [path] = files(tmp_path)
        assert path.name == "lnwallet-2026-09-21.json"
        written = json.loads(path.read_text())
        assert [one["amount_msat"] for one in written] == list(range(2_000, 602_000, 2_000))
        assert stage.app.focused is rows(stage)
        await stage.press("e")
        assert field(stage, "#answer").endswith(".csv")


async def test_the_screen_goes_on_while_a_file_is_written(tmp_path: Path) -> None:
    node = wallet(30)
    async with on_stage(node) as stage:
        await stage.press("a", "e")
        await stage.shows("Write to:")
        answer = stage.app.screen.query_one("#answer", Input)
        answer.value = str(tmp_path / "all.csv")
        gate = node.hold("search_activity")
        await stage.press("enter", "enter", "escape", "1")
        await stage.shows("Latest payments")
        gate.set()
        await stage.press("a", "slash")
        await stage.shows("30 payments written to")
        assert stage.app.screen.query_one("#filter").has_focus
        await stage.lacks("There is something of that name")
        assert len((tmp_path / "all.csv").read_text().splitlines()) == 31


async def test_the_first_line_has_room_for_the_chain_at_80_columns() -> None:
    node = wallet(1)
    for tip, said in ((0, "mainnet 975,112 · just now"), (3_540, "mainnet 975,112 · 59 min")):
        node.status_view = replace(
            views.STATUS, network="mainnet", height=975_112, tip_time=views.NOW - tip
        )
        async with on_stage(node) as stage:
            await stage.shows(said)
            assert stage.text.split("\n")[0].endswith(said)


async def test_the_first_line_says_what_is_so_old_where_it_has_room() -> None:
    """A time alone was read as when somebody was seen last."""
    node = wallet(1)
    for height, said in ((122, "regtest 122, 15 min old"), (9_999, "regtest 9,999, 15 min old")):
        node.status_view = replace(views.STATUS, height=height, tip_time=views.NOW - 900)
        async with on_stage(node) as stage:
            await stage.shows(said)
            assert stage.text.split("\n")[0].endswith(f" {said}")


async def test_it_is_in_the_palette_and_on_home() -> None:
    async with on_stage(wallet(3)) as stage:
        await stage.shows("a: all")
        titles = [one.title for one in stage.app.get_system_commands(stage.app.screen)]
        assert "Activity" in titles
        await stage.press("a")
        titles = [one.title for one in stage.app.get_system_commands(stage.app.screen)]
        assert {"Filter", "Note", "Export", "Details"} <= set(titles)
        await stage.press("question_mark")
        await stage.shows("All that moved money")
        await stage.press("pagedown")
        await stage.shows("Export", "named not known", "What you can look for")
        await stage.press("pagedown", "pagedown")
        await stage.shows("since:2026-09")
    assert ActivityScreen.mode == "activity"


async def test_how_deep_a_transaction_is_follows_the_blocks_though_nothing_is_asked_for() -> None:
    node = with_transactions()
    node.transaction_views = node.transaction_views[1:]  # none of them waits for a block
    async with on_stage(node) as stage:
        await stage.press("a", "down")
        await stage.shows("+468,459 sat, after 492 sat of fee block", ", 3 conf.")
        node.rows_handed_out = 0
        later = replace(node.status_view, height=views.HEIGHT + 87, now=views.NOW + 87 * 600)
        node.status_view = later
        node.speak(StatusChanged(later))
        await stage.shows("+468,459 sat, after 492 sat of fee block", ", 90 conf.")
        assert not node.rows_handed_out


async def test_a_line_of_facts_that_does_not_fit_ends_in_dots() -> None:
    node = with_transactions()
    much = replace(node.transaction_views[1], amount_sat=5_000_000_000, fee_sat=1_234_567)
    node.transaction_views = (replace(much, time=views.NOW - 40 * 86_400),)
    async with on_stage(node) as stage:
        await stage.press("a", "/", *"onchain", "enter")
        await stage.shows("+5,000,000,000 sat, after 1,234,567 sat of fee block 1,022")
        [line] = [one for one in stage.text.split("\n") if "after 1,234,567" in one]
        assert line.rstrip(" │").endswith("…")


async def test_while_a_line_is_typed_its_frame_says_what_enter_does_there() -> None:
    """It opens no row then, and what goes into the line is no command at the foot."""
    node = ScriptedNode()
    node.payment_views = (views.payment(),)
    async with on_stage(node) as stage:
        await stage.press("6")
        await stage.shows("enter: details", "/ Filter")
        await stage.press("e")
        await stage.shows("Write to:", "enter: write the file")
        await stage.lacks("enter: details", "/ Filter")
        await stage.press("escape", "n")
        await stage.shows("Your note:", "enter: keep it")
        await stage.press("escape")
        await stage.shows("enter: details", "/ Filter")
