"""Slack's limits. Where sources differ, the smaller value stands. Lengths are UTF-16 units."""

from __future__ import annotations

from typing import Final

SECTION: Final = 3_000
HEADER: Final = 150
CONTEXT_ELEMENTS: Final = 10
CONTEXT_TEXT: Final = 2_000
ACTIONS: Final = 25
BUTTON: Final = 75
BUTTON_VALUE: Final = 2_000
BUTTON_URL: Final = 3_000
ACCESSIBILITY: Final = 75
ACTION_ID: Final = 255
ALT_TEXT: Final = 2_000
PROMPTS: Final = 4
AGENT_DESCRIPTION: Final = 300

TEXT: Final = 4_000
"""Advised length of a message's notification text; 40,000 is where Slack cuts."""
MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
VIEW_TITLE: Final = 24
MESSAGE_CHARS: Final = 12_000
"""Sum over a message's blocks. Not documented: about 13,200 was seen to be refused."""
MESSAGE_CHARTS: Final = 2
"""Not documented; seen."""

CHART_TITLE: Final = 50
CHART_SERIES: Final = 12
CHART_POINTS: Final = 20
CHART_LABEL: Final = 20
CHART_AXIS: Final = 50
PIE_SLICES: Final = 12

TABLE_ROWS: Final = 100
"""Without the header of a `data_table`; with it for a `table`."""
TABLE_COLUMNS: Final = 20
TABLE_CHARS: Final = 10_000
PAGE_SIZE: Final = 5

STREAM_SECONDS: Final = 240
"""Slack ends a stream about 300 s after its start; ours ends before."""
EDIT_SECONDS: Final = 1.5
"""Shortest pause between two edits of one message (Tier 3 allows 50 a minute)."""
