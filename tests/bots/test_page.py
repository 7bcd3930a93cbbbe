"""The page as people meet it: first visit, asking, following up, refusals, phone, keyboard."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bots.records import Said, Verdict

QUESTION = "上季度各渠道线索成本"
PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True}


def tiles(page: Any) -> Any:
    page.locator(".tile [aria-busy]").first.wait_for(state="detached")
    return page.locator(".tile")


# --- first visit ------------------------------------------------------------------------------


def test_newcomer_sees_what_this_is_and_answered_tiles(visit: Any) -> None:
    page = visit().open()
    assert "虚构" in page.locator(".about").inner_text()
    shown = tiles(page)
    assert shown.count() == 6
    for n in range(shown.count()):
        assert re.search(r"\d", shown.nth(n).locator("div").first.inner_text())
        assert "2026" in shown.nth(n).locator(".note").inner_text()
    assert page.locator("[data-enter]").is_visible()


def test_page_speaks_the_browsers_language_and_can_be_switched(visit: Any) -> None:
    page = visit(locale="en-US").open()
    assert page.locator("html").get_attribute("lang") == "en"
    assert "Saved questions" in page.content()
    page.click("text=中文")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    page.goto(page.url)
    assert page.locator("html").get_attribute("lang") == "zh-CN"


def test_tile_opens_as_a_conversation(visit: Any) -> None:
    page = visit().open("/?home=sales")
    title = page.locator(".tile .title").first
    question = title.inner_text()
    title.click()
    page.locator("[data-answer]").wait_for()
    assert page.locator(".asked").inner_text() == question
    assert page.locator(".answered .headline").count() == 1


# --- asking -----------------------------------------------------------------------------------


def test_answer_has_chart_with_chinese_labels_table_and_receipt(visit: Any) -> None:
    visitor = visit()
    visitor.open()
    answer = visitor.ask(QUESTION)
    labels = answer.locator("svg text").all_text_contents()
    assert "线下活动" in labels
    assert "¥2,475.55" in answer.locator("table").inner_text()
    answer.locator(".receipt > summary").click()
    receipt = answer.locator(".receipt").inner_text()
    for part in ("营销费用 / 线索量", "2026-07-01 → 2026-10-01", "Asia/Shanghai", "治理 · 词典"):
        assert part in receipt
    answer.locator(".receipt details summary").click()
    assert "SELECT" in answer.locator("pre").inner_text()


def test_english_question_is_answered_in_english(visit: Any) -> None:
    visitor = visit(locale="en-US")
    visitor.open()
    answer = visitor.ask("CPL by channel last quarter")
    assert "highest in Offline events" in answer.locator(".headline").inner_text()
    assert "Offline events" in answer.locator("svg text").all_text_contents()


def test_follow_ups_by_typing_and_by_chip(visit: Any) -> None:
    visitor = visit()
    page = visitor.open()
    visitor.ask("上季度线索量")
    second = visitor.ask("按大区")
    assert "华东" in second.locator("table").inner_text()
    before = page.locator("[data-answer]").count()
    second.locator(".followups .chip").first.click()
    page.locator("[data-answer]").nth(before).wait_for()
    assert page.locator(".turn").count() == 3
    assert page.locator("#question").input_value() == ""
    page.reload()
    assert page.locator("[data-answer]").count() == 3
    page.locator("[data-state=drawn]").first.wait_for()


def test_table_sorts_by_number_and_back(visit: Any) -> None:
    visitor = visit()
    visitor.open()
    answer = visitor.ask(QUESTION)
    head = answer.locator("th").nth(1)
    first = answer.locator("tbody tr").first

    def sorted_() -> tuple[str | None, str]:
        head.locator("button").click()
        return head.get_attribute("aria-sort"), first.inner_text()

    assert sorted_() == ("descending", "线下活动\t¥2,475.55")
    assert sorted_() == ("ascending", "官网\t¥139.26")


def test_clarifying_question_offers_values_as_buttons(visit: Any) -> None:
    visitor = visit()
    page = visitor.open()
    clarify = visitor.ask("收入")
    choice = clarify.locator(".choice", has_text="回款金额")
    assert "¥" in choice.inner_text()
    choice.click()
    chosen = page.locator("[data-answer]").nth(1)
    chosen.wait_for()
    assert "回款金额" in chosen.locator(".headline").inner_text()


def test_what_cannot_be_answered_says_so_and_shows_no_chart(visit: Any) -> None:
    visitor = visit()
    visitor.open()
    refused = visitor.ask("今天天气")
    assert "答不了" in refused.locator(".state").inner_text()
    assert "天气" in refused.locator(".headline").inner_text()
    empty = visitor.ask("2019年线索量")
    assert "没有数据" in empty.locator(".state").inner_text()
    for answer in (refused, empty):
        assert answer.locator("figure, table").count() == 0


def test_someone_elses_eyes_see_their_own_rows(visit: Any) -> None:
    visitor = visit()
    page = visitor.open()
    page.select_option("#viewer", "manager_east")
    page.wait_for_load_state()
    answer = visitor.ask("上季度线索量按大区")
    assert answer.locator("tbody tr").count() == 1
    assert "华东" in answer.locator("tbody").inner_text()
    assert "查看范围" in answer.locator(".warning").first.inner_text()
    visitor.open()
    page.select_option("#viewer", "outsider")
    page.wait_for_load_state()
    denied = visitor.ask("上季度线索量")
    assert "没有权限" in denied.locator(".state").inner_text()
    assert denied.locator("table").count() == 0
    page.select_option("#viewer", "manager")


# --- files, verdicts, history, catalogue ------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "xlsx", "png", "html"])
def test_export(visit: Any, form: str) -> None:
    visitor = visit()
    page = visitor.open()
    answer = visitor.ask(QUESTION)
    with page.expect_download() as download:
        answer.locator(f"a[href$='form={form}']").click()
    assert download.value.suggested_filename.endswith(f".{form}")
    assert download.value.path().stat().st_size > 200


def test_thumb_down_asks_why_and_is_kept(visit: Any, local: Any) -> None:
    visitor = visit()
    visitor.open()
    answer = visitor.ask("上季度线索量")
    answer.locator("[aria-label=有问题]").click()
    answer.locator("text=时间不对").click()
    answer.locator(".reasons button").click()
    answer.locator("text=谢谢").wait_for()
    kept = local.service.feedback.of(answer.get_attribute("data-answer"))
    assert kept == (Said("manager", Verdict.DOWN, "wrong_period", ""),)


def test_stop_button_ends_the_query(
    visit: Any, local: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = local.service.assistant.layer.engine
    execute, slow = engine.execute, "SELECT count(*) FROM range(100000000000) a"
    visitor = visit()
    page = visitor.open()
    tiles(page)
    monkeypatch.setattr(engine, "execute", lambda sql, **kw: execute(slow, **kw))
    page.fill("#question", "上上个月各活动的线索数")
    page.press("#question", "Enter")
    page.get_by_text("正在查询").wait_for()
    page.get_by_role("button", name="停止").click()
    answer = page.locator("[data-answer]")
    answer.wait_for()  # the statement itself would run for hours
    assert "已停止" in answer.inner_text()
    assert not page.get_by_role("button", name="停止").is_visible()
    assert not local.service.stops.is_running(answer.get_attribute("data-answer"))


def test_history_leads_back(visit: Any) -> None:
    visitor = visit()
    page = visitor.open()
    visitor.ask("本月MQL数")
    page.goto(f"{visitor.url}/history")
    page.locator("main a", has_text="本月MQL数").first.click()
    assert page.locator("[data-answer]").count() == 1


def test_catalogue_searches_as_one_types_and_leads_to_a_question(visit: Any) -> None:
    page = visit().open("/catalog")
    everything = page.locator("#metrics li").count()
    page.fill("#q", "线索成本")
    page.locator("#metrics p.muted", has_text=re.compile(r"^[1-9] ")).first.wait_for()
    assert page.locator("#metrics li").count() < everything
    page.locator("#metrics a", has_text="线索成本").first.click()
    assert page.locator(".tree li").count() > 1
    page.locator(".followups .chip").first.click()
    page.locator("[data-answer]").wait_for()
    assert page.locator(".answered").count() == 1


# --- reach ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/catalog", "/catalog/cpl", "/history", "/api/docs"])
def test_phone_needs_no_sideways_scroll(visit: Any, path: str) -> None:
    page = visit(**PHONE).open(path)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_answer_fits_a_phone(visit: Any) -> None:
    visitor = visit(**PHONE)
    page = visitor.open()
    for question in (
        QUESTION,
        "今年每月订单金额",
        "attributed revenue by channel by month this year",
    ):
        answer = visitor.ask(question)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        box = answer.locator(".chart svg").bounding_box()
        assert box["width"] <= 390


def test_keyboard_alone_is_enough(visit: Any) -> None:
    page = visit().open()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(12):
        if page.evaluate("document.activeElement.id") == "question":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("上季度线索量")
    page.keyboard.press("Enter")
    page.locator("[data-answer]").wait_for()
    page.locator("#announce", has_text="线索量").wait_for(state="attached")


def test_answer_that_comes_before_the_chart_library_is_announced_and_drawn(visit: Any) -> None:
    page = visit().open()
    held: list[Any] = []
    page.route("**/vega-lite.min.js*", lambda route: held.append(route))
    page.fill("#question", QUESTION)
    page.press("#question", "Enter")
    page.locator("[data-answer]").wait_for()
    held[0].continue_()
    page.locator("[data-state=drawn]").wait_for()
    page.locator("#announce", has_text="线索成本").wait_for(state="attached")


def test_question_is_shown_as_text_not_as_markup(visit: Any) -> None:
    visitor = visit()
    page = visitor.open()
    visitor.ask("<img src=x onerror=alert(1)> 线索量 </script><script>alert(2)</script>")
    assert page.locator(".asked img, .answer img").count() == 0
    assert "<img" in page.locator(".asked").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_finding_of_axe(visit: Any, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    visitor = visit(color_scheme=scheme)
    page = visitor.open()
    tiles(page)

    def serious() -> list[str]:
        # axe is put in by the debugger, which the page's own policy does not bind.
        found = Axe().run(page).response["violations"]
        return [
            f"{v['id']}: {n['html'][:160]}"
            for v in found
            if v["impact"] in {"serious", "critical"}
            for n in v["nodes"]
        ]

    assert serious() == []
    visitor.ask(QUESTION)
    visitor.ask("收入")
    visitor.ask("今天天气")
    page.locator(".receipt > summary").first.click()
    assert serious() == []
    for path in ("/catalog", "/catalog/cpl", "/history", "/api/docs"):
        visitor.open(path)
        assert serious() == []
