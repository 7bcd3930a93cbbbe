"""What chat channels must hold, line by line, and the test that says so."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
SLACK, LINKS = "messaging/test_slack_end_to_end.py", "messaging/test_slack_connections.py"
WECOM, PEOPLE = "messaging/test_wecom_end_to_end.py", "messaging/test_people_and_places.py"
RENDER = "messaging/test_render_property.py"
FRAMES = "messaging/test_wecom_frames.py"

ACCEPTANCE: dict[str, tuple[tuple[str, str], ...]] = {
    "Slack's signatures, good and bad": (
        (LINKS, "test_signatures_of_slack"),
        (LINKS, "test_what_slack_did_not_sign_is_refused"),
        (SLACK, "test_forged_and_old_requests_are_refused"),
    ),
    "WeCom's encryption, good and bad": (
        ("messaging/test_wecom_crypto.py", "test_positive"),
        ("messaging/test_wecom_crypto.py", "test_negative"),
        ("messaging/test_wecom_crypto.py", "test_media"),
        ("messaging/test_wecom_crypto.py", "test_the_published_sample_opens_and_parses"),
    ),
    "the long connection's frames, as documented": (
        (FRAMES, "test_every_frame_of_the_bot_is_as_documented"),
        (FRAMES, "test_documented_frames_are_understood"),
    ),
    "acknowledged within 300 ms while 50 slow questions run": (
        (LINKS, "test_fifty_slow_questions_do_not_delay_an_acknowledgement"),
    ),
    "four deliveries of one event, one answer, also across a restart": (
        (SLACK, "test_one_event_delivered_four_times_is_answered_once"),
        (LINKS, "test_questions_before_a_stop_are_answered_after_the_start"),
        (WECOM, "test_one_message_twice_is_answered_once"),
    ),
    "killed between acknowledgement and answer, answered once after the restart": (
        (
            "messaging/test_slack_crash.py",
            "test_a_question_that_was_acknowledged_is_answered_once_after_a_kill",
        ),
        ("bots/test_inbox.py", "test_killed_process_loses_and_doubles_nothing"),
        ("bots/test_load.py", "test_people_who_ask_while_the_server_is_killed_are_answered_once"),
    ),
    "an unknown event or action is acknowledged": (
        (SLACK, "test_what_is_unknown_is_acknowledged"),
    ),
    "a stream past five minutes ends with the complete text": (
        ("messaging/test_slack_stream.py", "test_a_stream_ends_with_the_whole_answer"),
    ),
    "the stop button cancels the statement within two seconds": (
        (SLACK, "test_the_stop_button_stops_the_query"),
        ("bots/test_page.py", "test_stop_button_ends_the_query"),
        ("bots/test_stops.py", "test_a_stop_reaches_the_process_that_computes"),
    ),
    "refused blocks become a picture": (
        (SLACK, "test_refused_blocks_become_a_picture_and_plain_text"),
    ),
    "no answer exceeds a limit, and what was cut is said": (
        (RENDER, "test_slack_keeps_every_limit_and_the_point"),
        (RENDER, "test_wecom_keeps_every_limit_and_the_point"),
        (RENDER, "test_split_never_exceeds_and_never_loses_a_character"),
        ("bots/test_render_mail.py", "test_what_is_cut_is_said"),
    ),
    "Slack's socket comes back after every failure": (
        (LINKS, "test_the_socket_comes_back_and_no_question_is_lost"),
    ),
    "WeCom's connection comes back after every failure; a bot taken over stays down": (
        (WECOM, "test_the_connection_comes_back_after_every_failure"),
        (WECOM, "test_a_bot_that_was_taken_over_stays_down"),
        (WECOM, "test_an_answer_found_while_the_connection_was_down_is_sent_later"),
    ),
    "a token that ends under twenty sends is renewed once": (
        (WECOM, "test_a_token_that_runs_out_under_load_is_renewed_once"),
    ),
    "whoever is not known gets a refusal and a link, and no statement runs": (
        (SLACK, "test_who_is_not_known_is_refused_with_a_way_in_and_no_query_runs"),
        (WECOM, "test_a_stranger_gets_no_number_and_no_query_runs"),
    ),
    "two people, one question, their own rows; a click has the clicker's rights": (
        (SLACK, "test_two_people_get_their_own_rows_of_the_same_question"),
        (SLACK, "test_a_click_has_the_rights_of_whoever_clicks"),
        (WECOM, "test_a_button_answers_with_the_rights_of_whoever_clicks"),
    ),
    "every message has text, every picture a description": (
        (SLACK, "test_every_message_has_text_and_every_picture_a_description"),
    ),
    "the numbers of the text are those of the table": (
        (SLACK, "test_the_numbers_of_the_text_are_those_of_the_table"),
    ),
}


def functions(path: Path) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}


@pytest.mark.parametrize("line", ACCEPTANCE)
def test_every_line_has_a_test_that_runs_and_can_fail(line: str):
    for file, name in ACCEPTANCE[line]:
        found = functions(TESTS / file)[name]
        marks = " ".join(ast.unparse(d) for d in found.decorator_list)
        assert "skip" not in marks
        assert "xfail" not in marks
        checks = [n for n in ast.walk(found) if isinstance(n, ast.Assert)]
        # `until` fails when what it waits for never comes.
        waits = any(w in ast.unparse(found) for w in ("pytest.raises", ".until("))
        assert checks or waits, name
