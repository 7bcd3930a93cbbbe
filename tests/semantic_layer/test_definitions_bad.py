"""Every kind of mistake an analyst makes: code, file, line, and a way out. Never a traceback."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_layer.errors import AskmqlError, DefinitionError
from semantic_layer.loader import read_files, read_folder
from semantic_layer.validate import validate

CATALOG = {
    "leads": {"lead_id": "BIGINT", "created_at": "TIMESTAMP", "account_id": "BIGINT", "channel": "VARCHAR",
              "score": "INTEGER"},
    "accounts": {"id": "BIGINT", "region": "VARCHAR", "parent": "BIGINT"},
    "touches": {"lead_id": "BIGINT", "touched_at": "TIMESTAMP"},
}  # fmt: skip
# Line numbers below count from here: `dimensions` is line 1.
GOOD = """\
dimensions:
  channel: {label: {en: Channel, zh: 渠道}, synonyms: [source]}
  region: {label: Region}
models:
  leads:
    source: leads
    key: [lead_id]
    time: created_at
    joins: {accounts: account_id}
    columns: {hot: score > 80}
    dims: {channel: channel, region: accounts.region}
    filter: lead_id > 0
  accounts: {source: accounts, key: [id], dims: {region: region}}
  touches: {source: touches, time: touched_at}
metrics:
  leads: {model: leads, agg: count, label: Leads}
  score: {model: leads, agg: avg, expr: score, label: Score}
  rate: {type: ratio, numerator: score, denominator: leads, label: Rate}
  extra: {type: cumulative, of: leads, label: Extra}
"""
X, D, K, M = "  extra: ", "  region: ", "    columns: ", "  touches: "
X_LINE, D_LINE, K_LINE, M_LINE, DIMS_LINE, JOIN_LINE, END = 19, 3, 10, 14, 11, 9, 20
SIMPLE = "model: leads, agg: sum, expr: score, label: Extra"


def swap(start: str, text: str) -> str:
    """Replace the line that begins with `start`."""
    lines = [text if line.startswith(start) else line for line in GOOD.splitlines()]
    return "\n".join(lines) + "\n"


def extra(body: str) -> str:
    return swap(X, f"  extra: {{{body}}}")


def columns(body: str) -> str:
    return swap(K, f"    columns: {{{body}}}")


def query(text: str) -> str:
    return swap(M, f'  touches: {{query: "{text}"}}')


def touches(body: str) -> str:
    return swap(M, f"  touches: {{{body}}}")


def region(body: str) -> str:
    return swap(D, f"  region: {{{body}}}")


def add(text: str) -> str:
    return GOOD + text


BAD = {  # name: (text, code, line, part of the message with its suggestion)
    # --- YAML ---
    "tab": (swap(X, "\textra: 1"), "YAML_SYNTAX", X_LINE, ""),
    "tab_hint": ("dimensions:\n\tchannel: {label: x}\n", "YAML_SYNTAX", 2, "spaces"),
    "unclosed_quote": (extra('label: "Extra'), "YAML_SYNTAX", None, ""),
    "unclosed_brace": (swap(X, "  extra: {label: x"), "YAML_SYNTAX", None, ""),
    "bad_indent": (swap(X, "   extra: {label: x}"), "YAML_SYNTAX", X_LINE, ""),
    "two_documents": (add("---\nversion: 1\n"), "YAML_SYNTAX", None, ""),
    "unknown_alias": (extra("label: *nothing"), "YAML_SYNTAX", X_LINE, "alias"),
    "control_character": (extra("label: a\x00b"), "YAML_SYNTAX", None, ""),
    "recursive_alias": (swap(X, "  extra: &a {label: *a}"), "YAML_TOO_DEEP", None, "itself"),
    "deep_nesting": (extra("label: " + "[" * 40 + "]" * 40), "YAML_TOO_DEEP", X_LINE, ""),
    "very_deep_nesting": (extra("label: " + "[" * 5000 + "]" * 5000), None, None, ""),
    "long_number": (extra("label: x, percentile: " + "9" * 5000), None, None, ""),
    "key_is_a_list": (swap(X, "  [a, b]: 1"), "YAML_KEY", X_LINE, "plain word"),
    "key_on": (columns("on: score"), "YAML_TRAP_KEY", K_LINE, "`on`"),
    "key_no": (columns("no: score"), "YAML_TRAP_KEY", K_LINE, "quote it"),
    "key_yes": (swap(X, "  yes: {label: x, model: leads, agg: count}"), "YAML_TRAP_KEY", X_LINE, ""),
    "key_off": (columns("off: score"), "YAML_TRAP_KEY", K_LINE, ""),
    "duplicate_key": (extra(f"{SIMPLE}, label: Again"), "DUPLICATE_KEY", X_LINE, "`label`"),
    "duplicate_metric": (add("  extra: {label: x}\n"), "DUPLICATE_KEY", END, "`extra`"),
    "merge_key": (extra("<<: {model: leads}, label: x"), "UNKNOWN_KEY", X_LINE, "<<"),
    "top_level_list": ("- a\n- b\n", "WRONG_TYPE", 1, "mapping"),
    "top_level_text": ("hello\n", "WRONG_TYPE", 1, "mapping"),
    # --- shape ---
    "unknown_section": (add("metricss: {}\n"), "UNKNOWN_KEY", END, "metrics"),
    "unknown_key": (extra(f"{SIMPLE}, synonims: [x]"), "UNKNOWN_KEY", X_LINE, "synonyms"),
    "unknown_model_key": (touches("source: touches, tme: x"), "UNKNOWN_KEY", M_LINE, "time"),
    "wrong_version": (add("version: 2\n"), "BAD_CHOICE", END, ""),
    "wrong_type": (extra(f"{SIMPLE}, synonyms: {{a: b}}"), "WRONG_TYPE", X_LINE, "synonyms"),
    "text_for_list": (extra(f"{SIMPLE}, synonyms: one"), "WRONG_TYPE", X_LINE, "synonyms"),
    "metric_is_text": (swap(X, "  extra: leads"), "WRONG_TYPE", X_LINE, "extra"),
    "metric_is_empty": (swap(X, "  extra:"), "WRONG_TYPE", X_LINE, "extra"),
    "model_is_list": (swap(M, "  touches: [a]"), "WRONG_TYPE", M_LINE, "touches"),
    "number_for_bool": (extra(f"{SIMPLE}, hidden: 7"), None, X_LINE, "hidden"),
    "missing_label": (extra("model: leads, agg: count"), "MISSING_KEY", X_LINE, "`label`"),
    "empty_label": (extra("model: leads, agg: count, label: ''"), "BAD_VALUE", X_LINE, "label"),
    "label_in_no_language": (extra("model: leads, agg: count, label: {}"), "BAD_VALUE", X_LINE, ""),
    "label_in_unknown_language": (region("label: {fr: Région}"), "UNKNOWN_KEY", D_LINE, "fr"),
    "bad_id": (swap(X, f"  Extra-Metric: {{{SIMPLE}}}"), "BAD_ID", X_LINE, "lower-case"),
    "chinese_id": (swap(X, f"  线索: {{{SIMPLE}}}"), "BAD_ID", X_LINE, "线索"),
    "id_with_digit_first": (swap(X, f"  1st: {{{SIMPLE}}}"), "BAD_ID", X_LINE, "1st"),
    "unknown_metric_type": (extra("type: ratoi, numerator: a, denominator: b, label: x"),
                            "BAD_METRIC_TYPE", X_LINE, "ratio"),
    "unknown_agg": (extra("model: leads, agg: summ, expr: score, label: x"), "BAD_CHOICE", X_LINE, "sum"),
    "unknown_good": (extra(f"{SIMPLE}, good: upp"), "BAD_CHOICE", X_LINE, "up"),
    "unknown_tier": (extra(f"{SIMPLE}, tier: golden"), "BAD_CHOICE", X_LINE, "gold"),
    "unknown_dimension_type": (region("label: R, type: txt"), "BAD_CHOICE", D_LINE, "text"),
    "missing_expr": (extra("model: leads, agg: sum, label: x"), "BAD_VALUE", X_LINE, "expr"),
    "missing_agg": (extra("model: leads, label: x"), "MISSING_KEY", X_LINE, "`agg`"),
    "missing_model": (extra("agg: count, label: x"), "MISSING_KEY", X_LINE, "`model`"),
    "missing_denominator": (extra("type: ratio, numerator: leads, label: x"), "MISSING_KEY", X_LINE,
                            "denominator"),
    "percentile_without_value": (extra("model: leads, agg: percentile, expr: score, label: x"), "BAD_VALUE",
                                 X_LINE, "percentile"),
    "value_without_percentile": (extra(f"{SIMPLE}, percentile: 0.9"), "BAD_VALUE", X_LINE, "percentile"),
    "percentile_of_90": (extra("model: leads, agg: percentile, percentile: 90, expr: score, label: x"),
                         "BAD_VALUE", X_LINE, "percentile"),
    "snapshot_percentile": (
        extra("type: snapshot, model: leads, agg: percentile, expr: score, opened: created_at, label: x"),
        None, X_LINE, "percentile"),
    "snapshot_two_ways": (
        extra("type: snapshot, model: leads, agg: count, opened: created_at, within: 3 days, label: x"),
        "BAD_VALUE", X_LINE, "exactly one"),
    "snapshot_no_way": (extra("type: snapshot, model: leads, agg: count, label: x"), "BAD_VALUE", X_LINE,
                        "exactly one"),
    "idle_alone": (extra("type: snapshot, model: leads, agg: count, opened: created_at, idle: created_at,"
                         " label: x"), "BAD_VALUE", X_LINE, "idle_for"),
    "two_windows": (extra("type: cumulative, of: leads, window: 7 days, to_date: year, label: x"),
                    "BAD_VALUE", X_LINE, "at most one"),
    "bad_span": (extra("type: cumulative, of: leads, window: a week, label: x"), "BAD_VALUE", X_LINE, "30 days"),
    "span_of_hours": (extra("type: cumulative, of: leads, window: 3 hours, label: x"), "BAD_VALUE", X_LINE, ""),
    "span_of_nothing": (extra("type: cumulative, of: leads, window: 0 days, label: x"), "BAD_VALUE", X_LINE, ""),
    "span_is_number": (extra("type: cumulative, of: leads, window: 30, label: x"), None, X_LINE, "window"),
    "no_source": (touches("time: touched_at"), "BAD_VALUE", M_LINE, "source"),
    "source_and_query": (touches("source: touches, query: SELECT 1"), "BAD_VALUE", M_LINE, "exactly one"),
    "ambiguous_with_one": (add("ambiguous: {thing: {metrics: [leads]}}\n"), "BAD_VALUE", END, "thing"),
    "bundle_of_nothing": (add("bundles: {b: {label: B, metrics: []}}\n"), "BAD_VALUE", END, "metrics"),
    # --- references ---
    "unknown_model": (extra("model: leeds, agg: count, label: x"), "UNKNOWN_MODEL", X_LINE, "leads"),
    "unknown_numerator": (extra("type: ratio, numerator: scores, denominator: leads, label: x"),
                          "UNKNOWN_METRIC", X_LINE, "score"),
    "unknown_in_derived": (extra("type: derived, expr: leads + scor, label: x"), "UNKNOWN_METRIC", X_LINE,
                           "score"),
    "unknown_of": (extra("type: compare, of: leades, offset: 1 year, label: x"), "UNKNOWN_METRIC", X_LINE, "leads"),
    "unknown_dimension": (swap("    dims", "    dims: {chanel: channel}"), "UNKNOWN_DIMENSION", DIMS_LINE,
                          "channel"),
    "unknown_parent": (region("label: R, parent: chanel"), "UNKNOWN_DIMENSION", D_LINE, "channel"),
    "unknown_overlap": (extra(f"{SIMPLE}, overlap: [regin]"), "UNKNOWN_DIMENSION", X_LINE, "region"),
    "unknown_table": (touches("source: touchs, time: touched_at"), "UNKNOWN_TABLE", M_LINE, "touches"),
    "unknown_column": (extra("model: leads, agg: sum, expr: scoree, label: x"), "UNKNOWN_COLUMN", X_LINE, "score"),
    "unknown_filter_column": (extra(f"{SIMPLE}, filter: chanel = 'x'"), "UNKNOWN_COLUMN", X_LINE, "channel"),
    "unknown_time": (touches("source: touches, time: touched"), "UNKNOWN_COLUMN", M_LINE, "touched_at"),
    "unknown_key_column": (touches("source: touches, key: [lead]"), "UNKNOWN_COLUMN", M_LINE, "lead_id"),
    "unknown_joined_column": (swap("    dims", "    dims: {region: accounts.regio}"), "UNKNOWN_COLUMN",
                              DIMS_LINE, "region"),
    "unknown_join": (swap("    dims", "    dims: {region: acounts.region}"), "UNKNOWN_JOIN", DIMS_LINE, "accounts"),
    "unknown_join_column": (swap("    joins", "    joins: {accounts: account}"), "UNKNOWN_COLUMN", JOIN_LINE,
                            "account_id"),
    "join_to_unknown_model": (swap("    joins", "    joins: {account: account_id}"), "UNKNOWN_MODEL", JOIN_LINE,
                              "accounts"),
    "join_without_key": (swap("    joins", "    joins: {accounts: account_id, touches: lead_id}"), "JOIN_KEY",
                         JOIN_LINE, "Declare `key`"),
    "join_arity": (swap("    joins", "    joins: {accounts: [account_id, score]}"), "JOIN_KEY", JOIN_LINE,
                   "2 column(s)"),
    "exists_without_key": (extra("model: touches, agg: count, label: x, exists: {model: leads, by: {lead_id:"
                                 " lead_id}}"), "JOIN_KEY", X_LINE, "touches"),
    "exists_unknown_model": (extra(f"{SIMPLE}, exists: {{model: touch, by: {{lead_id: lead_id}}}}"),
                             "UNKNOWN_MODEL", X_LINE, "touches"),
    "exists_unknown_column": (extra(f"{SIMPLE}, exists: {{model: touches, by: {{lead_id: leadid}}}}"),
                              "UNKNOWN_COLUMN", X_LINE, "lead_id"),
    "exists_without_time": (
        extra(f"{SIMPLE}, exists: {{model: accounts, by: {{account_id: id}}, before: created_at}}"),
        "NO_TIME", X_LINE, "accounts"),
    "exists_within_nothing": (
        extra(f"{SIMPLE}, exists: {{model: touches, by: {{lead_id: lead_id}}, within: 9 days}}"),
        None, X_LINE, ""),
    "within_without_time": (extra("type: snapshot, model: accounts, agg: count, within: 3 days, label: x"),
                            "NO_TIME", X_LINE, "accounts"),
    "role_unknown_model": (add("roles: {cost: [{model: spends, amount: a, at: b}]}\n"), "UNKNOWN_MODEL", END, ""),
    "role_unknown_column": (add("roles: {cost: [{model: leads, amount: scor, at: created_at}]}\n"),
                            "UNKNOWN_COLUMN", END, "score"),
    "role_unknown_stage_metric": (
        add("roles: {stages: [{id: a, label: A, model: leads, at: created_at, metric: leds}]}\n"),
        "UNKNOWN_METRIC", END, "leads"),
    "role_unknown_dimension": (
        add("roles: {touchpoint: {model: touches, id: lead_id, at: touched_at, dims: {chanel: lead_id}}}\n"),
        "UNKNOWN_DIMENSION", END, "channel"),
    "role_lead_person": (add("roles: {lead: {model: leads, id: lead_id, at: created_at, person: perso}}\n"), "UNKNOWN_COLUMN", END, ""),
    "role_lead_notes": (add("roles: {lead: {model: leads, id: lead_id, at: created_at, "
                            "notes: {model: nots, id: a, lead: b, at: c, text: d}}}\n"), "UNKNOWN_MODEL", END, ""),
    "role_lead_attribute": (add("roles: {lead: {model: leads, id: lead_id, at: created_at, attributes: {x: chanel}}}\n"), "UNKNOWN_COLUMN", END, ""),
    "role_identity_key": (add("roles: {identity: {model: leads, id: lead_id, at: created_at, "
                              "keys: [{id: phone, column: phne, kind: phone}]}}\n"), "UNKNOWN_COLUMN", END, ""),
    "role_deal_history": (add("roles: {deal: {model: leads, id: lead_id, at: created_at, "
                              "history: {model: touches, deal: leed_id, at: touched_at}}}\n"), "UNKNOWN_COLUMN", END, ""),
    "ambiguous_unknown": (add("ambiguous: {thing: {metrics: [leads, scores]}}\n"), "UNKNOWN_METRIC", END, "score"),
    "bundle_unknown": (add("bundles: {b: {label: B, metrics: [leds]}}\n"), "UNKNOWN_METRIC", END, "leads"),
    "bundle_unknown_filter": (add("bundles: {b: {label: B, metrics: [leads], filters: {chanel: [x]}}}\n"),
                              "UNKNOWN_DIMENSION", END, "channel"),
    # --- expressions ---
    "subquery": (extra("model: leads, agg: sum, expr: (SELECT 1), label: x"), "BAD_EXPRESSION", X_LINE, "subquery"),
    "aggregate": (extra("model: leads, agg: sum, expr: sum(score), label: x"), "BAD_EXPRESSION", X_LINE,
                  "aggregate"),
    "window": (columns("hot: row_number() OVER ()"), "BAD_EXPRESSION", K_LINE, "window"),
    "syntax": (extra("model: leads, agg: sum, expr: score +, label: x"), "BAD_EXPRESSION", X_LINE, "cannot read"),
    "two_statements": (extra("model: leads, agg: sum, expr: score; DROP TABLE leads, label: x"), "BAD_EXPRESSION",
                       X_LINE, ""),
    "alias_in_expr": (extra("model: leads, agg: sum, expr: score AS s, label: x"), "BAD_EXPRESSION", X_LINE, ""),
    "placeholder": (extra("model: leads, agg: sum, expr: score + ?, label: x"), "BAD_EXPRESSION", X_LINE,
                    "placeholder"),
    "star": (extra("model: leads, agg: count_distinct, expr: '*', label: x"), "BAD_EXPRESSION", X_LINE, ""),
    "derived_syntax": (extra("type: derived, expr: leads +, label: x"), "BAD_EXPRESSION", X_LINE, ""),
    "query_not_select": (query("DELETE FROM leads"), "BAD_EXPRESSION", M_LINE, ""),
    "query_star": (query("SELECT * FROM leads AS l"), "STAR", M_LINE, "list the columns"),
    "query_alias_star": (query("SELECT l.* FROM leads AS l"), "STAR", M_LINE, "list the columns"),
    "query_inner_star": (query("SELECT x.a AS a FROM (SELECT * FROM leads AS l) AS x"), "STAR", M_LINE, ""),
    "query_unqualified": (query("SELECT score AS a FROM leads AS l"), "UNQUALIFIED_COLUMN", M_LINE, "alias.score"),
    "query_unknown_model": (query("SELECT l.a AS a FROM leeds AS l"), "UNKNOWN_MODEL", M_LINE, "leads"),
    "query_schema": (query("SELECT l.a AS a FROM main.leads AS l"), "UNKNOWN_MODEL", M_LINE, "main.leads"),
    "query_reads_file": (query("SELECT l.a AS a FROM read_csv('/etc/passwd') AS l"), None, M_LINE, ""),
    "query_unknown_column": (query("SELECT l.scor AS a FROM leads AS l"), "UNKNOWN_COLUMN", M_LINE, "score"),
    "query_two_statements": (query("SELECT l.score AS a FROM leads AS l; SELECT 1"), "BAD_EXPRESSION", M_LINE, ""),
    # --- meaning ---
    "metric_cycle": (extra("type: derived, expr: extra + leads, label: x"), "CYCLE", X_LINE, "extra -> extra"),
    "metric_cycle_of_two": (
        extra("type: derived, expr: other + 1, label: x")
        + "  other: {type: ratio, numerator: extra, denominator: leads, label: Other}\n",
        "CYCLE", X_LINE, "extra -> other -> extra"),
    "column_cycle": (columns("a: b + 1, b: a + 1"), "CYCLE", K_LINE, "computed columns"),
    "column_cycle_by_joins": (
        touches("source: touches, key: [lead_id], joins: {leads: lead_id}, columns: {late: leads.hot}")
        .replace("joins: {accounts: account_id}", "joins: {accounts: account_id, t: {model: touches, by: lead_id}}")
        .replace("{hot: score > 80}", "{hot: t.late}"),
        "CYCLE", None, ""),
    "query_cycle": (query("SELECT t.a AS a FROM touches AS t"), "CYCLE", M_LINE, ""),
    "parent_cycle": (region("label: R, parent: region"), "CYCLE", D_LINE, ""),
    "gold_without_test": (extra(f"{SIMPLE}, tier: gold"), "GOLD_WITHOUT_TEST", X_LINE, "silver"),
    "gold_with_empty_test": (extra(f"{SIMPLE}, tier: gold, tests: [{{}}]"), None, X_LINE, ""),
    "cumulative_of_ratio": (extra("type: cumulative, of: rate, label: x"), "CUMULATIVE_NOT_ADDITIVE", X_LINE,
                            "divide them in a ratio"),
    "cumulative_of_average": (extra("type: cumulative, of: score, label: x"), "CUMULATIVE_NOT_ADDITIVE", X_LINE, ""),
    "synonym_clash": (extra(f"{SIMPLE}, synonyms: [leads]"), "SYNONYM_CLASH", X_LINE, "metric `leads`"),
    "label_clash": (extra("model: leads, agg: count, label: LEADS"), "SYNONYM_CLASH", X_LINE, "ambiguous"),
    "full_width_clash": (extra(f"{SIMPLE}, synonyms: [\uff2c\uff25\uff21\uff24\uff33]"), "SYNONYM_CLASH", X_LINE, ""),
    "dimension_clash": (region("label: R, synonyms: [渠道]"), "SYNONYM_CLASH", D_LINE, "channel"),
}  # fmt: skip


def issues_of(files: dict[str, str]):
    try:
        definitions = read_files(files)
    except DefinitionError as error:
        return error.issues
    return validate(definitions, CATALOG)


def test_the_good_text_is_good():
    assert issues_of({"defs.yml": GOOD}) == ()
    assert len(BAD) >= 50


@pytest.mark.parametrize(("text", "code", "line", "part"), BAD.values(), ids=BAD)
def test_each_mistake_is_named(text, code, line, part):
    found = issues_of({"defs.yml": text})
    assert found, "accepted without a word"
    same = [i for i in found if code in (None, i.code)]
    assert same, [str(i) for i in found]
    assert line is None or line in {i.line for i in same}, [str(i) for i in found]
    assert any(part in str(i) for i in same), [str(i) for i in found]
    assert all(i.file == "defs.yml" and i.line > 0 for i in found), [str(i) for i in found]


ACCEPTED = {
    "bom": "\ufeff" + GOOD,
    "windows_lines": GOOD.replace("\n", "\r\n"),
    "comment_only": "# nothing here\n",
    "empty": "",
    "null": "~\n",
    "quoted_trap_key": columns("'no': score"),
    "bare_date": extra(f"{SIMPLE}, description: 2026-01-01"),
    "yes_is_text": region("label: R, values: {'Y': [yes], 'N': [no]}"),
    "leading_zero_is_text": region("label: R, values: {'007': [008]}"),
    "ambiguous_word": extra(f"{SIMPLE}, synonyms: [thing]").replace(
        "label: Score}", "label: Score, synonyms: [thing]}"
    )
    + "ambiguous: {thing: {metrics: [score, extra]}}\n",
    "anchors": extra(f"{SIMPLE}, description: &d text, unit: *d"),
    "chinese_column": extra(
        "model: leads, agg: sum, expr: \"CASE WHEN channel = '百度' THEN score END\", label: 百度"
    ),
}


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_no_mistake(text):
    assert issues_of({"defs.yml": text}) == ()


def test_duplicates_across_files():
    second = "metrics: {leads: {model: leads, agg: count, label: Again}}\n"
    (issue,) = issues_of({"a.yml": GOOD, "b.yml": second})
    assert (issue.code, issue.file, issue.line) == ("DUPLICATE_ID", "b.yml", 1)
    assert "a.yml" in issue.message
    roles = "roles: {cost: [{model: leads, amount: score, at: created_at}]}\n"
    (issue,) = issues_of({"a.yml": GOOD + roles, "b.yml": "version: 1\n" + roles})
    assert (issue.code, issue.file, issue.line) == ("DUPLICATE_ID", "b.yml", 2)


def test_all_mistakes_of_all_files_at_once():
    found = issues_of({"a.yml": "metrics: {x: {}}\n", "b.yml": "modells: {}\n", "c.yml": "a: [\n"})
    assert {i.file for i in found} == {"a.yml", "b.yml", "c.yml"}


def test_not_utf8(tmp_path: Path):
    (tmp_path / "a.yml").write_bytes("dimensions: {x: {label: 渠道}}".encode("gbk"))
    with pytest.raises(DefinitionError) as caught:
        read_folder(tmp_path)
    assert [i.code for i in caught.value.issues] == ["NOT_UTF8"]


def test_no_files(tmp_path: Path):
    with pytest.raises(DefinitionError) as caught:
        read_folder(tmp_path)
    assert [i.code for i in caught.value.issues] == ["NO_DEFINITIONS"]


def test_a_folder_named_like_a_file(tmp_path: Path):
    (tmp_path / "old.yml").mkdir()
    (tmp_path / "good.yml").write_text(GOOD, encoding="utf-8")
    assert "leads" in read_folder(tmp_path).metrics


CONFIGS = [
    b"nam: x\n", b"today: someday\n", b"timezone: Mars/Phobos\n", b"fiscal_year_start: 13\n", b"- a\n",
    b"week_start: friday\n", b"engine: {kind: oracle}\n", b"a: [\n", "name: 渠道\n".encode("gbk"),
    b"engine: {memory: lots}\n",
]  # fmt: skip


@pytest.mark.parametrize("raw", CONFIGS, ids=repr)
def test_mistakes_in_the_project_file(tmp_path: Path, raw: bytes):
    from semantic_layer import SemanticLayer

    (tmp_path / "askmql.yml").write_bytes(raw)
    (tmp_path / "semantic_layer").mkdir()
    (tmp_path / "semantic_layer" / "a.yml").write_text("dimensions: {}\n", encoding="utf-8")
    (tmp_path / "data").mkdir()
    with pytest.raises(AskmqlError):
        SemanticLayer.load(tmp_path)


# --- whatever the bytes: issues, never another exception --------------------------------

PIECES = ["\t", "  ", "{", "}", "[", "]", ":", "- ", "'", '"', "&a ", "*a", "|", ">", "#", "%", "@", "!", "?",
          "~", "null", "on: 1", "leads", "\n", "\u2028", "\x07", "1e999", "0x1F", "-", "<<: *a", "渠道",
          "SELECT", "accounts.", "9" * 20]  # fmt: skip


def mutated(seed: int, edits: int) -> str:
    rng = random.Random(seed)
    text = GOOD
    for _ in range(edits):
        at = rng.randrange(len(text) + 1)
        kind = rng.randrange(3)
        cut = at + rng.randrange(1, 12)
        if kind == 0:
            text = text[:at] + rng.choice(PIECES) + text[at:]
        elif kind == 1:
            text = text[:at] + text[cut:]
        else:
            line = rng.choice(GOOD.splitlines()) + "\n"
            text = text[:at] + line + text[cut:]
    return text


@settings(max_examples=240)
@given(seed=st.integers(0, 10**9), edits=st.integers(1, 6))
def test_mutated_definitions(seed, edits):
    text = mutated(seed, edits)
    for issue in issues_of({"defs.yml": text}):
        assert issue.code
        assert issue.line <= text.count("\n") + 1 + text.count("\u2028")


@settings(max_examples=60)
@given(raw=st.binary(max_size=200))
def test_random_bytes(raw, tmp_path_factory):
    folder = tmp_path_factory.mktemp("raw")
    (folder / "a.yml").write_bytes(raw)
    try:
        validate(read_folder(folder), CATALOG)
    except DefinitionError as error:
        assert error.issues  # noqa: PT017 - no error is fine too
