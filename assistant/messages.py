"""Errors in Chinese. English texts come with the error itself."""

from __future__ import annotations

from semantic_layer import AskmqlError
from semantic_layer.credit.models import MODELS
from semantic_layer.loader import Definitions

_ZH: dict[str, tuple[str, str]] = {
    "DIMENSION_NOT_SHARED": ("「{asked}」的数据里没有「{dimension}」，不能按它拆分或筛选。", "可以改按：{candidates}。"),
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
    "COLUMN_MASKED": ("这个字段对您脱敏显示，不能用来筛选、分组或计算。", "去掉它再问，或联系管理员。"),
    "TOOL_DENIED": ("您没有使用这个功能的权限。", "请联系管理员开通。"),
    "SMALL_GROUPS_ONLY": (
        "累计值、时点存量和组内排名会透露个别人的信息，不能这样看。",
        "换成问一个时间段的数量，或只按一个维度看。",
    ),
    "ROWS_OF_PEOPLE": ("您只能看分组后的人数，不能逐个查看。", "换成问数量，或联系管理员。"),
    "AUDIT_FAILED": ("审计日志写入失败，按规定不能给出结果。", "请联系管理员检查状态库。"),
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
    "ENGINE_CANCELLED": ("已停止，没有得到结果。", "需要的话请再问一次。"),
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
    "NO_TRAINED_MODEL": ("还没有训练过模型。", "请运行 askmql score train。"),
    "MODEL_CHANGED": ("模型文件被改动过，没有使用。", "请重新训练。"),
    "NO_IDENTITY_ROLE": ("定义里没有说明哪些记录可能是同一个人。", "请在 roles 中声明 identity。"),
    "NO_IDENTITY": ("还没有运行过身份识别。", "请运行 askmql identity run。"),
    "UNKNOWN_RECORD": ("没有这条记录。", "请先运行 askmql identity run。"),
    "NO_DECISION": ("没有这条有效的人工决定。", ""),
    "NEEDS_ML": ("这需要机器学习组件，但还没有安装。", "请安装 askmql[ml]。"),
    "NO_CUSTOMER_ROLE": ("定义里没有说明什么是客户。", "请在 roles 中声明 customer。"),
    "NO_HEALTH_PARTS": ("没有声明任何可以判断健康度的数据。", "请在 roles.customer 中声明 usage、tickets、receivable 或 contract。"),
    "NOT_A_CUSTOMER": ("「{asked}」在您的范围内没有有效订单，无法评价。", "可以看它的线索或客户旅程。"),
    "NO_PRODUCT": ("订单没有说明买的是哪个产品。", "请在 roles.customer.orders 中声明 product。"),
    "UNKNOWN_PRODUCT": ("没有客户买过这个产品。", "相近的有：{candidates}。"),
    "TOO_FEW_ALIKE": ("只有 {have} 家客户与它有相同产品，至少需要 {needed} 家。", "确实够用的话，可调低定义中的 cross_sell.least。"),
    "TOO_FEW_REPEATS": ("到 {until} 为止只有 {have} 家客户买过两次以上，至少需要 {needed} 家才能做可检验的预测。", "可以看至今的价值，或等订单更多。"),
    "NO_CHURN_DEFINITION": ("没有声明合同，无法判断客户何时算流失。", "请在 roles.customer 中声明 contract。"),
    "NOTHING_ENDS": ("「{asked}」没有在 {days} 天内到期的合同。", "可以看它的健康度。"),
    "TOO_MANY_CUSTOMERS": ("客户太多，无法逐个查看。", "加一个条件，例如大区。"),
    "NO_AUTHOR": ("不知道是谁在评价。", "请先登录。"),
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
    "UNKNOWN_MODEL": ("没有这个归因模型。", "相近的有：{candidates}。"),
    "MODEL_IS_LEARNED": ("「{zh}」要从全部旅程里学习，不能逐单计算，所以不能用在指标上。", "改问「按{zh}归因各渠道贡献」，或换一个模型。"),
    "PARAMETER_NOT_TAKEN": ("「{metric}」不按归因模型计算，换模型对它不起作用。", "可以问：{candidates}。"),
    "NO_AMOUNT": ("这个阶段没有金额，只能按数量归因。", "改看数量，或改用：{candidates}。"),
    "NO_MILESTONE": ("这个模型需要的里程碑日期，数据中没有。", "可以改用：{candidates}。"),
    "NO_DIRECT": ("没有声明哪些触点是直接访问。", "可以改用：{candidates}。"),
    "NO_JOURNEY_KEY": ("触点与这个阶段之间没有可以对应的客户或联系人。", "可以改按：{candidates}。"),
    "NOT_A_TOUCH_DIMENSION": ("触点没有「{dimension}」，不能按它归因。", "可以改按：{candidates}。"),
    "NOT_AN_ACCOUNT_DIMENSION": ("客户没有「{dimension}」，不能按它筛选。", "可以改按：{candidates}。"),
    "NOT_A_CONVERSION_DIMENSION": ("转化没有「{dimension}」，不能按它筛选。", "如果它属于触点，请作为触点条件。"),
    "NO_JOURNEYS": ("没有可供学习的客户旅程。", "放宽时间范围，或改用：{candidates}。"),
    "NULL_JOURNEYS": ("马尔可夫模型需要未转化的旅程，而它们不能这样筛选。", "去掉筛选，或改用：{candidates}。"),
    "MIXED_CURRENCIES": ("金额含多个币种，不能直接相加。", "请在定义中按成交日汇率换算，或只看一个币种。"),
    "UNKNOWN_CONVERSION": ("在您的范围内没有这笔转化，或它已作废。", "请核对编号。"),
    "WEIGHTS_MISSING": ("自定义模型需要给出权重。", "例如：首个 50、中间 20、末个 30。"),
    "BAD_WEIGHTS": ("权重写得不对。", "权重给首个、留资、商机、末个触点和中间部分，且不为负。"),
    "AMBIGUOUS_VALUE": ("有多个名称符合，不能确定是哪一个。", "请说全名：{candidates}。"),
    "UNKNOWN_VALUE": ("没有这个名称。", "相近的有：{candidates}。"),
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
    if found is None and name in MODELS:
        return MODELS[name].label.get("zh")
    return found.label.get("zh") if found is not None else name
