"""The attribution bench on little data: every step runs, and the data is what it says."""

from __future__ import annotations

import pytest

from evals.bench import attribution, credit_data, crediting

PEERS = set(attribution._PEERS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench")
    credit_data.write(path, 6_000)
    return path


@pytest.mark.parametrize("name", sorted(set(crediting.STEPS) - PEERS - {"matrix"}))
def test_a_step_runs(folder, name):
    found = crediting.step(name, folder)
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
    monkeypatch.setattr(attribution, "find_spec", lambda _: None)
    notes = [m.note for m in attribution._peers("x", folder, {}, is_largest=True)]
    assert len(notes) == len(PEERS)
    assert all("is not installed" in note for note in notes)
