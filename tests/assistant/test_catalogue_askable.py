"""Every metric can be asked for by every one of its names, and is then what is computed."""

import re
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.plan import Plan
from semantic_layer.validate import normalise, said

# Ids of the product's catalogue: what a marketing team expects to find.
CATALOGUE = [
    "won_revenue",
    "won_orders",
    "collected_revenue",
    "avg_deal_size",
    "pipeline_created",
    "opportunities",
    "influenced_pipeline",
    "influenced_opportunities",
    "influenced_revenue",
    "sourced_revenue",
    "sourced_pipeline",
    "attributed_revenue",
    "attributed_pipeline",
    "marketing_spend",
    "marketing_roi",
    "channel_roi",
    "campaign_roi",
    "marketing_share",
    "cac",
    "ltv",
    "ltv_cac",
    "new_customers",
    "active_customers",
    "dormant_customers",
    "repurchase_rate",
    "cross_sell_rate",
    "renewal_rate",
    "csat",
    "leads",
    "mqls",
    "sqls",
    "cpl",
    "cost_per_mql",
    "cost_per_sql",
    "cost_per_opportunity",
    "lead_to_mql_rate",
    "mql_to_sql_rate",
    "lead_to_opportunity_rate",
    "lead_to_won_rate",
    "win_rate",
    "stage_conversion_rate",
    "stage_days",
    "nurture_days",
    "sql_cycle_days",
    "sales_cycle_days",
    "response_hours",
    "stalled_rate",
    "stalled_opportunities",
    "lead_score_avg",
    "content_views",
    "content_downloads",
    "content_lead_rate",
    "content_quality_leads",
    "registrations",
    "attendees",
    "registration_rate",
    "attendance_rate",
    "duplicate_lead_rate",
    "invalid_lead_rate",
    "sdr_touched",
    "sdr_clean_rate",
    "impressions",
    "clicks",
    "ctr",
    "cpc",
    "ad_spend",
    "uv",
    "pv",
    "email_sent",
    "open_rate",
    "click_rate",
    "wecom_new_contacts",
    "wechat_new_followers",
    "employee_shares",
    "employee_leads",
]


def test_the_whole_catalogue_is_defined(starforge: Assistant) -> None:
    defined = starforge.layer.definitions.metrics
    assert [m for m in CATALOGUE if m not in defined or defined[m].hidden] == []


def test_every_name_of_every_metric_is_understood(starforge: Assistant) -> None:
    definitions = starforge.layer.definitions
    ambiguous = {normalise(word) for word in definitions.ambiguous}
    planner = starforge.planner(starforge.layer, starforge.layer.scope(None))
    misread: list[str] = []
    asked = 0
    for metric_id, metric in definitions.metrics.items():
        if metric.hidden:
            continue
        for word in said(metric_id, metric):
            if normalise(word) in ambiguous:
                continue
            asked += 1
            for question in (f"{word} 2026年9月", f"last month {word}" if word.isascii() else word):
                planned = planner.plan(question)
                got = planned.calls[0].args.get("metrics") if isinstance(planned, Plan) else planned
                if got != [metric_id]:
                    misread.append(f"{metric_id}: {question!r} -> {got}")
    assert misread == []
    assert asked > 300


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_labels_are_in_their_own_language(starforge: Assistant, lang: str) -> None:
    """An English label has no Chinese characters; a Chinese one is not simply the English."""
    chinese = re.compile(r"[\u4e00-\u9fff]")
    definitions = starforge.layer.definitions
    named = [*definitions.metrics.items(), *definitions.dimensions.items()]
    wrong = [
        name
        for name, item in named
        if not getattr(item, "hidden", False)
        and (not item.label.get(lang) or (lang == "en" and chinese.search(item.label.en)))
    ]
    assert wrong == []


def test_the_definitions_ship_with_the_package() -> None:
    from semantic_layer.project import sample_root

    assert (sample_root() / "askmql.yml").is_file()
    assert list(Path(sample_root() / "semantic_layer").glob("*.yml"))
