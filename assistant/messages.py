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
    "NO_LEAD_ROLE": ("定义里没有说明什么是线索。", "请在 roles 中声明 lead。"),
    "NO_SCORING": ("定义里没有评分规则。", "请添加 scoring 一节。"),
    "LEAD_NOT_FOUND": ("您名下没有线索「{asked}」。", "请提供线索编号，或姓名加公司。"),
    "LEAD_AMBIGUOUS": ("有 {count} 位符合「{asked}」，请选择一位。", "加上公司名，或用线索编号。例如：{candidates}。"),
    "NAMES_DENIED": ("您没有查看姓名的权限，不能按姓名查找。", "请用线索编号。"),
    "UNKNOWN_LEVEL": ("没有这个评分等级。", "可选：{candidates}。"),
    "NO_MODEL_SPEC": ("评分规则里没有 model 一节。", "请写明要预测到达的阶段 outcome。"),
    "NO_OUTCOME": ("要预测的阶段没有说明属于哪条线索。", "请在 roles 的该阶段声明 lead。"),
    "TOO_FEW_OUTCOMES": ("结果样本太少，不能训练：较少的一类只有 {have} 条，大约需要 {needed} 条。", "等数据更多，或使用规则评分。"),
    "NO_FEATURES": ("没有可用的字段。", "请把结果之前就知道的字段列在 early 下。"),
    "NO_MODEL": ("还没有训练过模型。", "请运行 askmql score train。"),
    "MODEL_CHANGED": ("模型文件被改动过，没有使用。", "请重新训练。"),
    "NO_IDENTITY_ROLE": ("定义里没有说明哪些记录可能是同一个人。", "请在 roles 中声明 identity。"),
    "NO_IDENTITY": ("还没有运行过身份识别。", "请运行 askmql identity run。"),
    "UNKNOWN_RECORD": ("没有这条记录。", "请先运行 askmql identity run。"),
    "NO_DECISION": ("没有这条有效的人工决定。", ""),
    "NO_AUTHOR": ("不知道是谁在评价。", "请先登录。"),
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
