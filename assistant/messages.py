"""Errors in Chinese. English texts come with the error itself."""

from __future__ import annotations

from semantic_layer import AskmqlError
from semantic_layer.loader import Definitions

_ZH: dict[str, tuple[str, str]] = {
    "DIMENSION_NOT_SHARED": ("「{asked}」用到的「{metric}」没有「{dimension}」，不能按它拆分或筛选。", "可以改按：{candidates}。"),
    "SHARE_NOT_ADDITIVE": ("「{metric}」的各部分不能相加，占比没有意义。", "可以看数量或金额的占比。"),
    "UNKNOWN_METRIC": ("没有这个指标。", "相近的有：{candidates}。"),
    "UNKNOWN_DIMENSION": ("没有这个维度。", "相近的有：{candidates}。"),
    "UNKNOWN_USER": ("不认识这个用户，不能查询数据。", "请管理员在 policies.yml 中添加。"),
    "NO_ACCESS": ("您没有任何数据的查看权限。", "请联系管理员开通。"),
    "PERSONAL_DATA": ("「{dimension}」是个人信息，不能按它列出或筛选。", "换一个维度，或联系管理员。"),
    "VIEWS_DIFFER": ("「{metric}」会把您的范围和全公司的数据混在一起，没有意义。", "请分别查看它的各部分。"),
    "CONDITION_NEEDS_COMPARISON": ("这个条件需要先有对比或占比。", "加上环比、同比或占比再问。"),
    "METRIC_DENIED": ("您没有查看「{words}」的权限。", "请联系管理员开通，或换一个指标。"),
    "DENIED": ("您没有查看这部分数据的权限。", "请联系管理员开通，或换一个指标。"),
    "COLUMN_DENIED": ("您没有查看这个字段的权限。", "去掉它再问，或联系管理员。"),
    "NO_TIME": ("这个指标没有时间字段，不能按时间查看。", "去掉时间再问。"),
    "COMPARE_NEEDS_PERIOD": ("比较需要一个明确的时间段。", "例如：本月、上季度。"),
    "COMPARE_NOT_ALIGNED": ("两个时间段不能逐期对齐。", "可以比较两段的合计（不按时间拆分）。"),
    "TOP_NEEDS_ONE_DIMENSION": ("随时间变化的排名一次只能按一个维度。", "去掉其中一个维度。"),
    "TOO_MANY_PERIODS": ("时间段太多，无法逐期显示。", "缩短时间范围，或用更粗的粒度。"),
    "SNAPSHOT_NEEDS_PERIOD": ("存量指标按时间看需要明确的起止。", "例如：近12个月。"),
    "ENGINE_TIMEOUT": ("查询超时，已停止，没有得到结果。", "缩小时间范围或减少维度后再试。"),
    "ENGINE_MEMORY": ("查询需要的内存超过上限，已停止。", "缩小时间范围或减少维度后再试。"),
    "NO_STAGES": ("还没有定义漏斗阶段，不能做漏斗分析。", "在定义中补充 roles.stages。"),
    "UNKNOWN_STAGE": ("没有这个漏斗阶段。", "可选：{candidates}。"),
    "STAGE_ORDER": ("漏斗阶段的顺序不对。", "正确顺序：{candidates}。"),
    "ONE_STAGE": ("漏斗至少需要两个阶段。", "可选：{candidates}。"),
    "STAGES_NOT_LINKED": ("「{stage}」和「{next}」之间没有可以关联的字段。", "在定义中为两个阶段补充同一种关联字段。"),
    "DIMENSION_NOT_IN_FUNNEL": ("「{stage}」阶段没有「{dimension}」，不能按它看漏斗。", "换一个维度，或改用同期群口径。"),
    "TOO_MANY_GROUPS": ("「{dimension}」的取值太多，无法逐个做漏斗。", "先筛选，或换一个更粗的维度。"),
    "NO_TOUCHPOINTS": ("还没有定义触点，也没有漏斗阶段，无法展示旅程。", "在定义中补充 roles.touchpoint 或 roles.stages。"),
    "NO_MARKETING_FLAG": ("还没有定义哪些触点属于营销。", "查看全部触点，或在定义中补充。"),
    "TOUCHES_NOT_LINKED": ("触点无法关联到这个对象。", "在定义中为触点补充联系人或客户字段。"),
    "ROLE_MISSING": ("还没有定义客户或联系人在哪个模型里。", "在定义中补充 roles.account 和 roles.person。"),
    "UNKNOWN_ACCOUNT": ("在您的范围内没有找到这个客户。", "相近的有：{candidates}。"),
    "AMBIGUOUS_ACCOUNT": ("有多个客户符合，请说全称或编号。", "例如：{candidates}。"),
    "UNKNOWN_PERSON": ("在您的范围内没有找到这个联系人。", "请用全名或编号；相近的姓名属于个人信息，不列出。"),
    "AMBIGUOUS_PERSON": ("有多位联系人同名，请选择编号。", "例如：{candidates}。"),
    "UNKNOWN_LEAD": ("在您的范围内没有找到这条线索。", "请核对线索编号，或按客户查看。"),
    "NO_MODEL": ("没有配置语言模型。", "设置 ASKMQL_LLM_BASE_URL 和 ASKMQL_LLM_MODEL，或用词典方式提问。"),
    "MODEL_TIMEOUT": ("语言模型没有在规定时间内回答。", "稍后再试，或用指标和维度的名称提问。"),
    "MODEL_UNREACHABLE": ("连不上语言模型。", "稍后再试，或用指标和维度的名称提问。"),
    "MODEL_RATE_LIMITED": ("语言模型的服务方正在限流。", "一分钟后再试。"),
    "MODEL_REJECTED": ("语言模型的服务方拒绝了请求。", "请管理员检查模型设置。"),
    "MODEL_AUTH": ("语言模型的密钥没有被接受。", "请管理员检查 ASKMQL_LLM_API_KEY。"),
    "MODEL_CONTEXT": ("问题太长，语言模型放不下。", "把问题说短一些。"),
    "MODEL_BAD_REPLY": ("语言模型的回复不能用。", "换个说法再问。"),
    "MODEL_REFUSED": ("语言模型拒绝回答。", "换个说法再问。"),
    "MODEL_BUSY": ("正在使用语言模型的问题太多。", "稍等片刻再试。"),
    "MODEL_PAUSED": ("语言模型连续出错，已暂停使用。", "一分钟后再试。"),
    "MODEL_CANCELLED": ("已取消。", ""),
    "BUDGET_SPENT": ("语言模型的预算已用完。", "用指标和维度的名称提问不受影响。"),
    "RIGHTS_NOT_PROVEN": ("权限检查没有通过，查询没有执行。", "请联系管理员。"),
}  # fmt: skip


def localise(error: AskmqlError, definitions: Definitions, lang: str) -> tuple[str, str]:
    """Return the message and hint of an error in the reader's language."""
    if lang != "zh" or error.code not in _ZH:
        return error.message, error.hint
    labels = {k: _label(definitions, v) for k, v in error.params.items()}
    named = error.params.get("dimension") or error.params.get("metric")
    near = "、".join(_label(definitions, c) for c in error.candidates if c != named)
    message, hint = _ZH[error.code]
    words = {"metric": "", "dimension": "", "asked": "", **labels, "candidates": near or "（无）"}
    return message.format(**words), hint.format(**words)


def _label(definitions: Definitions, name: str) -> str:
    found = definitions.metrics.get(name) or definitions.dimensions.get(name)
    return found.label.get("zh") if found is not None else name
