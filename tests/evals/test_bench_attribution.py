"""The attribution bench on little data: every step runs, and the data is what it says."""

from __future__ import annotations

import pytest

from evals.bench import attribution, credit_data, credit_peers, crediting, one_step


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench")
    credit_data.write(path, 6_000)
    return path


@pytest.mark.parametrize("name", sorted(set(crediting.STEPS) - {"matrix"}))
def test_a_step_runs(folder, name):
    found = one_step.timed(crediting.STEPS[name](), folder)
    assert found["cpu"] > 0
    assert found["mb"] > 0


def test_our_rows_are_those_of_the_floor(folder):
    """The product matches the very touches that the plain join matches."""
    con = credit_data.connect(folder)
    floor = {row[0]: row[1] for row in con.execute(crediting._JOIN).fetchall()}
    where, _ = crediting.journeys("channel", ("linear",))
    from semantic_layer.compile.dialects import to_sql
    from semantic_layer.credit.nodes import col, count_all, named, with_ctes
    from tools.attribution.journeys import pairs

    counted = pairs([col("grp", "t"), named(count_all(), "n")]).group_by(col("grp", "t"))
    sql = to_sql(with_ctes(counted, where.ctes()))
    assert dict(con.execute(sql).fetchall()) == floor
    assert sum(floor.values()) > 1_000


def test_absent_peers_are_named(monkeypatch, folder):
    monkeypatch.setattr(attribution, "_last_line", lambda *_: [])
    notes = [m.note for m in attribution._peers(6_000, folder, {}, "python")]
    assert len(notes) == len(credit_peers.MODULES)
    assert all("is not installed" in note for note in notes)


def test_a_present_peer_is_compared_in_time_and_memory(monkeypatch, folder):
    ours = {"three": {"cpu": 1.0, "mb": 100.0}, "markov": {"cpu": 2.0, "mb": 100.0}}
    answers = {"installed": ["mam_markov"], "mam_markov": {"cpu": 10.0, "mb": 1000.0}}
    monkeypatch.setattr(attribution, "_last_line", lambda args, _: answers[args[2]])
    found = {m.name: m for m in attribution._peers(5_000_000, folder, ours, "python")}
    assert found["5,000,000 touches: markov over mam_markov"].value == 0.2
    assert found["5,000,000 touches: markov over mam_markov"].met
    assert found["5,000,000 touches: markov over mam_markov, memory"].value == 0.1


def test_growth_is_over_n_log_n():
    runs = {"six": {"cpu": 1.0}}, {"six": {"cpu": 2.5}}
    (grown,) = attribution._growth(10_000, runs[1], (1_000, runs[0]))
    assert grown.value == pytest.approx(2.5 / (10 * 4 / 3))


def test_peers_get_every_journey_once(folder):
    """Paths of the deals with a touch, and of the accounts that never bought."""
    con = credit_data.connect(folder)
    won, lost = con.execute(f"SELECT sum(won), sum(lost) FROM ({credit_peers._ALL})").fetchone()
    deals = f"SELECT count(DISTINCT d.deal_id) {credit_data.PAIRS}"
    never = "SELECT count(DISTINCT account_id) FROM touches ANTI JOIN deals USING (account_id)"
    assert (won, lost) == tuple(con.execute(q).fetchone()[0] for q in (deals, never))
