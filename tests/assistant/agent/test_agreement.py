from assistant.agreement import agree
from evals.fake_model import Say

QUESTION = "上个月各渠道线索量"


def test_lanes_that_mean_the_same_agree(serve):
    args = {"metrics": ["leads"], "dimensions": ["channel"], "time": "上个月"}
    assistant, _ = serve([Say(calls=(("query_metrics", args),))])
    found = agree(assistant, QUESTION, asker="manager")
    assert found.differences == ()
    assert found.lexicon.tables[0].rows == found.model.tables[0].rows


def test_where_lanes_differ_is_told(serve):
    args = {"metrics": ["leads"], "dimensions": ["channel", "region"], "time": "上个月"}
    assistant, _ = serve([Say(calls=(("query_metrics", args),))])
    found = agree(assistant, QUESTION, asker="manager")
    assert ("dimensions", "['channel']", "['channel', 'region']") in found.differences
    assert "rows" in [d[0] for d in found.differences]
