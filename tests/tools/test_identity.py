"""One human, several records: keys, conflicts, evidence, decisions that last."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bots.cli import cli
from semantic_layer import QueryError
from semantic_layer.project import sample_root
from tools.identity.decisions import DecisionStore, settle
from tools.identity.normal import company_key, email_key, id_key, name_key, phone_key
from tools.identity.pages import RawRecord
from tools.identity.service import mask
from tools.identity.store import IdentityStore, Manual
from tools.identity.weights import Pattern, estimate

MOBILE = "13912345670"
NOBODY = Manual()
WIDE = "+86 13912345670".translate({c: c + 0xFEE0 for c in range(33, 127)})


@pytest.mark.parametrize(
    "text",
    [
        "13912345670", "139 1234 5670", "139-1234-5670", "+86 139 1234 5670", "0086 13912345670",
        "86-13912345670", "(+86)13912345670", WIDE, "013912345670", "13912345670 转 8001",
        "手机：13912345670", "+8613912345670", "13912345670/13800138000", "+86 0139 1234 5670",
    ],
)  # fmt: skip
def test_every_way_of_writing_a_mobile_is_one_key(text):
    assert phone_key(text) == MOBILE


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "0755-12345678",
        "021 6234 5678",
        "400-800-1234",
        "13800138000",
        "11111111111",
        "1391234567",
        "12912345670",
        "暂无",
    ],
)
def test_what_is_nobodys_phone_gives_no_key(text):
    assert phone_key(text) == ""


def test_phones_from_abroad_keep_their_country():
    assert phone_key("+1 (415) 555-0123") == "+14155550123"
    assert phone_key("0065 6123 4567") == "+6561234567"


@given(
    st.integers(3, 9),
    st.integers(0, 10**9 - 1),
    st.sampled_from(["{}", "+86{}", "86 {}", "{} 转1", " {} "]),
)
def test_phone_key_ignores_the_writing_and_keeps_the_digits(second, rest, pattern):
    digits = f"1{second}{rest:09d}"
    found = phone_key(pattern.format(digits))
    assert found in {digits, ""}
    assert phone_key(found) == found


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (" Wang.Wei@Example.CN ", "wang.wei@example.cn"), ("a+promo@example.cn", "a@example.cn"),
        ("W.ang@gmail.com", "wang@gmail.com"), ("wang@googlemail.com", "wang@gmail.com"),
        ("info@example.cn", ""), ("no mail", ""), ("a@b", ""), ("mailto:x@example.cn", "x@example.cn"),
    ],
)  # fmt: skip
def test_mailboxes(text, key):
    assert email_key(text) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("王伟", "王 伟"),
        ("王偉", "王伟"),
        ("Wang Wei", "王伟"),
        ("wei wang", "王伟"),
        ("王伟先生", "王伟"),
        ("欧阳娜娜", "Nana Ouyang"),
        ("王伟", "王玮"),
    ],
)
def test_names_that_sound_alike_have_one_key(one, other):
    assert name_key(one) == name_key(other) != ""


@pytest.mark.parametrize("text", ["", "王总", "李经理", "匿名", "Mr", "王"])
def test_half_a_name_is_no_name(text):
    assert name_key(text) == ""


def test_different_names_have_different_keys():
    assert len({name_key(n) for n in ("王伟", "王伟强", "李伟", "王敏")}) == 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("上海锐恒精工有限公司", "上海锐恒精工股份有限公司"), ("上海锐恒精工有限公司", "上海锐恒精工有限责任公司北京分公司"),
        ("锐恒（上海）科技有限公司", "锐恒(上海)科技有限公司"), ("銳恒集團有限公司", "锐恒集团"), ("Acme Tools Co., Ltd.", "ACME TOOLS LIMITED"),
        ("Acme Tools Inc", "Acme Tools, Inc."),
    ],
)  # fmt: skip
def test_companies_without_their_legal_form(one, other):
    assert company_key(one) == company_key(other) != ""


def test_different_companies_stay_different():
    names = (
        "上海锐恒精工有限公司",
        "北京锐恒精工有限公司",
        "上海锐恒科技有限公司",
        "Acme Tools Ltd",
        "Acme Foods Ltd",
    )
    assert len({company_key(n) for n in names}) == len(names)


def test_ids_that_say_nothing():
    assert [id_key(t) for t in (None, "", "null", "0", " ou_1 ")] == ["", "", "", "", "ou_1"]


def record(
    number: str,
    name: str = "",
    *,
    phone: str = "",
    email: str = "",
    wx: str = "",
    company: str = "",
    title: str = "",
    year: int = 2026,
) -> RawRecord:
    keys = (("phone", "phone", phone), ("email", "email", email), ("wx", "id", wx))
    return RawRecord(number, datetime(year, 1, 1), name, company, title, "test", keys)  # noqa: DTZ001 - local wall time


@pytest.fixture
def store(tmp_path):
    made = IdentityStore(tmp_path / "identity.duckdb")
    yield made
    made.close()


def people(
    store: IdentityStore, records: list[RawRecord], manual: Manual = NOBODY
) -> list[set[str]]:
    store.load([sorted(records, key=lambda r: r.id)] if records else [])
    store.link(manual)
    found: dict[str, set[str]] = {}
    for rec, person in store.rows("SELECT record, person FROM persons"):
        found.setdefault(person, set()).add(rec)
    return sorted(found.values(), key=min)


def conflicts(store: IdentityStore) -> dict[str, str]:
    return dict(store.rows("SELECT value, reason FROM conflicts"))


def test_keys_link_through_each_other(store):
    """A and B share a phone, B and C a mailbox, C and D a WeChat id: one human."""
    records = [
        record("a", "王伟", phone=MOBILE), record("b", "王伟", phone="+86 139-1234-5670", email="W@example.cn"),
        record("c", "Wei Wang", email="w@EXAMPLE.cn", wx="ou_1"), record("d", "", wx="ou_1"), record("e", "李静"),
    ]  # fmt: skip
    assert people(store, records) == [{"a", "b", "c", "d"}, {"e"}]


def test_shared_company_phone_links_nobody(store):
    records = [
        record(i, n, phone=MOBILE, company="锐恒")
        for i, n in (("a", "王伟"), ("b", "李静"), ("c", "赵敏"))
    ]
    assert people(store, records) == [{"a"}, {"b"}, {"c"}]
    assert conflicts(store) == {MOBILE: "company_phone"}


def test_family_mailbox_links_nobody(store):
    records = [
        record("a", "王伟", email="home@example.cn"),
        record("b", "王静", email="home@example.cn"),
    ]
    assert people(store, records) == [{"a"}, {"b"}]
    assert conflicts(store) == {"home@example.cn": "shared_mailbox"}


def test_recycled_number_is_told_by_its_gap(store):
    records = [
        record("a", "王伟", phone=MOBILE, company="锐恒", year=2022),
        record("b", "李静", phone=MOBILE, company="鼎盛", year=2026),
    ]
    assert people(store, records) == [{"a"}, {"b"}]
    assert conflicts(store) == {MOBILE: "recycled"}


def test_same_name_behind_a_shared_phone_is_still_one(store):
    records = [
        record("a", "王伟", phone=MOBILE),
        record("b", "王伟", phone=MOBILE),
        record("c", "李静", phone=MOBILE),
    ]
    assert people(store, records) == [{"a", "b"}, {"c"}]


def test_a_nameless_record_does_not_join_two_names(store):
    records = [
        record("a", "王伟", phone=MOBILE), record("b", "", phone=MOBILE, email="x@example.cn"),
        record("c", "李静", email="x@example.cn"),
    ]  # fmt: skip
    found = people(store, records)
    assert {"c"} in found or {"a"} in found
    assert not any({"a", "c"} <= group for group in found)


def _crowd(count: int) -> list[RawRecord]:
    surnames, given = "王李张刘陈杨赵黄周吴", "伟静敏磊洋艳勇军杰娟涛超明刚平"
    return [
        record(
            f"z{i:04d}",
            surnames[i % 10] + given[i // 10 % 15] + given[i // 150 % 15],
            company=f"公司{i}",
            title=f"职务{i % 12}",
        )
        for i in range(count)
    ]


def test_rare_name_and_company_without_any_key_are_linked(store):
    twins = [
        record("a", "欧阳雪梅", company="锐恒精工有限公司", title="厂长"),
        record("b", "欧阳雪梅", company="锐恒精工股份有限公司", title="厂长"),
    ]
    found = people(store, [*twins, *_crowd(1_000)])
    assert {"a", "b"} in found
    assert store.rows("SELECT rule FROM links WHERE a = 'a' AND b = 'b'") == [("probable",)]


def test_different_phones_are_left_to_a_person(store):
    twins = [
        record("a", "欧阳雪梅", company="锐恒精工有限公司", phone=MOBILE), record("b", "欧阳雪梅", company="锐恒精工有限公司", phone="13700000001"),
    ]  # fmt: skip
    found = people(store, [*twins, *_crowd(1_000)])
    assert {"a"} in found
    assert store.rows("SELECT a, b, decision, conflict FROM proposals") == [
        ("a", "b", "review", True)
    ]


def test_decisions_of_people_win_over_every_rule(store):
    records = [
        record("a", "王伟", phone=MOBILE),
        record("b", "王伟", phone=MOBILE),
        record("c", "李静"),
    ]
    assert people(store, records, Manual(split=["b"])) == [{"a"}, {"b"}, {"c"}]
    assert people(store, records, Manual(merged=[("a", "c")])) == [{"a", "b", "c"}]
    assert people(store, records) == [{"a", "b"}, {"c"}]


def test_split_record_stays_alone_when_more_data_comes(store):
    records = [record("a", "王伟", phone=MOBILE), record("b", "王伟", phone=MOBILE)]
    people(store, records, Manual(split=["b"]))
    more = [*records, record("c", "王伟", phone=MOBILE)]
    assert people(store, more, Manual(split=["b"])) == [{"a", "c"}, {"b"}]


def test_only_what_changed_is_read_again_and_history_is_kept(store):
    records = [record("a", "王伟", phone=MOBILE), record("b", "王伟")]
    assert store.load([records]) == 2
    store.link(Manual())
    assert store.load([records]) == 0
    changed = [records[0], record("b", "王伟", phone=MOBILE)]
    assert store.load([changed]) == 1
    report = store.link(Manual(), changed=1)
    assert (report.changed, report.moved) == (1, 1)
    assert store.rows("SELECT record, was, is_now FROM history WHERE was IS NOT NULL") == [
        ("b", "b", "a")
    ]


def test_records_that_are_gone_are_forgotten(store):
    assert people(store, [record("a", "王伟"), record("b", "李静")]) == [{"a"}, {"b"}]
    assert people(store, [record("b", "李静")]) == [{"b"}]


def test_interrupted_load_goes_on_where_it_was(store):
    def broken():
        yield [record("a", "王伟", phone=MOBILE)]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.load(broken())
    assert store.resume_after == "a"
    assert people(store, [record("b", "王伟", phone=MOBILE)]) == [{"a", "b"}]
    assert store.resume_after == ""


def test_long_chains_end_up_together(store):
    """Each record shares one key with the next: a path, the worst case for label passing."""
    records = [
        record(f"n{i:03d}", "王伟", wx=f"k{i // 2}", email=f"m{(i + 1) // 2}@example.cn")
        for i in range(120)
    ]
    assert people(store, records) == [{r.id for r in records}]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40))
def test_components_equal_union_find(edges):
    parent = list(range(31))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for a, b in edges:
        parent[max(root(a), root(b))] = min(root(a), root(b))
    expected: dict[int, set[str]] = {}
    for i in range(31):
        expected.setdefault(root(i), set()).add(f"r{i:02d}")
    made = IdentityStore(Path(":memory:"))
    pairs = [(f"r{a:02d}", f"r{b:02d}") for a, b in edges if a != b]
    found = people(made, [record(f"r{i:02d}") for i in range(31)], Manual(merged=pairs))
    made.close()
    assert found == sorted(expected.values(), key=min)


def test_weights_learn_that_titles_agree_among_true_pairs():
    patterns = [Pattern(2, 2, 2, 900), Pattern(2, 2, 0, 100)]
    same, other = estimate(patterns, same_by_chance=0.08, records=10_000)
    assert same.title > 0 > other.title


def test_newest_decision_wins_and_can_be_undone(tmp_path):
    decisions = DecisionStore(tmp_path)
    decisions.add("merge", "a", "b", "me")
    split = decisions.add("split", "b", "", "me")
    assert settle(decisions.in_force()) == ([], ["b"])
    decisions.add("merge", "b", "c", "me")
    assert settle(decisions.in_force()) == ([("b", "c")], ["b"])
    decisions.undo(split)
    assert settle(decisions.in_force()) == ([("a", "b"), ("b", "c")], [])
    with pytest.raises(QueryError):
        decisions.undo(split)


def test_values_are_shown_masked():
    assert mask(MOBILE) == "13****70"
    assert mask("wangwei@example.cn") == "w****@example.cn"
    assert mask("") == ""


@pytest.fixture(scope="module")
def home(demo_db, tmp_path_factory):
    folder = tmp_path_factory.mktemp("identity")
    (folder / "sample.duckdb").hardlink_to(demo_db)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASKMQL_HOME", str(folder))
        done = CliRunner().invoke(
            cli,
            ["--project", str(sample_root()), "identity", "run", "--format", "json"],
            catch_exceptions=False,
        )
        assert json.loads(done.stdout)["records"] > 20_000
        yield folder


def command(home: Path, *args: str, **kwargs) -> str:
    del home
    return (
        CliRunner()
        .invoke(cli, ["--project", str(sample_root()), "identity", *args], catch_exceptions=False)
        .stdout
    )


def test_sample_company_duplicates_fall_from_15_to_3_percent(home):
    report = json.loads(command(home, "report", "--format", "json"))
    assert report["duplicate_rate"]["before"] == pytest.approx(0.15, abs=0.001)
    assert report["duplicate_rate"]["after"] == pytest.approx(0.03, abs=0.002)
    assert report["agreement"]["precision"] >= 0.99
    assert report["agreement"]["recall"] >= 0.95


def test_no_linked_pair_is_two_humans_by_the_generator(home, hand):
    """The generator gives each human one name; a link between two names would be false."""
    import duckdb

    con = duckdb.connect(str(home / "identity.duckdb"), read_only=True)
    rows = con.execute(
        "SELECT p.person, r.name FROM persons p JOIN records r ON r.id = p.record"
    ).fetchall()
    con.close()
    names: dict[str, set[str]] = {}
    for person, name in rows:
        names.setdefault(person, set()).add(name)
    assert all(len(n) == 1 for n in names.values())


def test_merge_split_and_undo_by_command(home):
    pair = json.loads(command(home, "report", "--format", "json"))
    assert pair["review"] > 0
    import duckdb

    con = duckdb.connect(str(home / "identity.duckdb"), read_only=True)
    a, b = con.execute(
        "SELECT a, b FROM proposals WHERE decision = 'review' ORDER BY ALL LIMIT 1"
    ).fetchall()[0]
    con.close()
    assert "Decision 1" in command(home, "merge", a, b, "--comment", "电话确认")
    command(home, "run")
    found = json.loads(command(home, "explain", b, "--format", "json"))
    assert {a, b} <= {r["id"] for r in found["records"]}
    assert "manual" in {w["rule"] for w in found["links"]}
    command(home, "undo", "1")
    command(home, "run")
    assert json.loads(command(home, "explain", b, "--format", "json"))["person"] == b


def test_bench_measures_growth_in_processes_of_their_own(monkeypatch):
    from evals.bench import identity

    monkeypatch.setattr(identity, "QUICK_SIZES", (300,))
    time, memory = identity.measure(quick=True)
    assert time.unit == "s"
    assert time.value > 0
    assert 10 < memory.value < 2_000
