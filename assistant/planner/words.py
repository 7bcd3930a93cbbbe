"""Function words of both languages, by what they do. Longest match wins.

Latin words match whole words only. Anything in a question that is neither here nor in
the lexicon, a period or a number is *unexplained*, and the planner must say so.
"""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    # Politeness, verbs of asking, particles: carry no condition.
    "fill": (
        "请", "请问", "帮我", "帮忙", "麻烦", "麻烦你", "给我", "我想", "我想知道", "想知道", "我要", "我们", "我们的",
        "咱们", "咱们的", "公司", "公司的", "看看", "看一下", "看下", "看", "查一下", "查下", "查询", "查", "查看", "展示",
        "显示", "列出", "列一下", "告诉我", "说说", "说一下", "统计", "统计一下", "算一下", "汇总", "汇总一下", "一下",
        "了解", "了解一下", "你好", "的", "了", "吗", "呢", "吧", "啊", "呀", "是", "为", "有", "在", "里", "中", "内", "上",
        "是多少", "有多少", "多少", "多少个", "多少条", "多少钱", "多少元", "几个", "几条", "几单", "什么", "怎么样", "怎样", "如何", "情况",
        "情况如何", "表现", "表现如何", "表现怎么样", "数据", "数值", "数字", "结果", "一共", "总共", "合计", "共", "总", "总计", "总的", "整体",
        "总体", "全部", "所有", "全公司", "目前", "当前", "现在", "分别", "分别是", "分别是多少", "各自", "都", "其中", "以及各",
        "产生", "产生的", "带来", "带来的", "来自", "属于", "对于", "关于", "针对", "方面", "期间", "时间", "来源于", "就", "把", "能", "可以", "能不能", "能否",
        "下", "从", "个", "条", "家", "那", "那么", "到底", "究竟", "具体", "实际", "请给出", "给出", "报一下", "拉一下", "拉", "做一个", "生成", "来看", "来自于", "维度", "角度", "口径下",
        "please", "show", "show me", "give", "give me", "tell", "tell me", "me", "us", "the", "a", "an", "of", "in", "on",
        "at", "for", "from", "to", "is", "are", "was", "were", "be", "been", "do", "does", "did", "has", "have", "had",
        "we", "our", "ours", "i", "my", "you", "can", "could", "would", "will", "want", "need", "like", "see", "know", "get",
        "got", "what", "what was", "what were", "how much", "how many", "how", "there", "that", "this", "these", "those",
        "came", "come", "coming", "generated", "made", "total", "overall", "number", "number of", "count", "amount", "amount of", "value",
        "value of", "data", "figures", "figure", "numbers", "results", "result", "look", "look at", "let", "lets", "let's", "it", "its",
        "display", "list out", "report", "calculate", "compute", "find", "pull", "pull up", "with", "as", "so far", "currently", "now", "all", "during",
        "within", "over", "through", "via", "respectively", "hi", "hello", "hey", "company", "happened", "doing", "go", "did we", "we have", "coming from", "looking", "broken",
    ),
    "each": (
        "各", "各个", "每个", "每一个", "每家", "每种", "每类", "按", "按照", "依", "根据", "分", "逐个", "不同", "拆分", "拆解", "细分", "拆到", "分布", "的分布", "分组", "之间", "按各", "按各个", "分各", "各类", "各种",
        "by", "per", "each", "every", "by each", "for each", "for every", "split by", "split", "broken down by", "breakdown by", "breakdown", "grouped by",
        "group by", "across", "in each", "of each", "from each", "different", "among", "break down by", "segmented by", "distribution", "distribution by", "sliced by",
    ),
    "which": (
        "哪个", "哪些", "哪家", "哪几个", "哪一个", "哪类", "哪种", "哪位", "谁", "谁的", "什么样的",
        "which", "which of", "who", "whose",
    ),
    "not": (
        "除了", "除去", "除", "不含", "不包含", "不包括", "不算", "不要", "排除", "剔除", "去掉", "去除", "非", "不是",
        "except", "except for", "excluding", "exclude", "without", "not", "not in", "not including", "other than", "apart from", "but not", "besides",
    ),
    "end_not": ("以外", "之外", "外", "以外的", "之外的", "外的"),
    "only": ("只看", "仅看", "只", "仅", "只要", "仅限", "包含", "包括", "限", "only", "just", "including", "where", "whose value is", "limited to"),
    "and": ("和", "与", "及", "以及", "跟", "同", "或", "或者", "还有", "加上", "and", "&", "or", "plus", "as well as", "along with", "together with", "also"),
    "top": ("最高", "最多", "最大", "最贵", "最长", "最高的", "最多的", "最大的", "居首", "排第一", "第一", "第一名", "冠军", "highest", "most", "largest", "biggest", "greatest", "longest", "max", "maximum", "number one", "most expensive", "top"),
    "bottom": ("最低", "最少", "最小", "最便宜", "最短", "最低的", "最少的", "最小的", "垫底", "倒数第一", "lowest", "least", "fewest", "smallest", "shortest", "cheapest", "min", "minimum", "bottom"),
    "best": ("最好", "最佳", "最优", "最好的", "表现最好", "效果最好", "best", "best performing", "top performing"),
    "worst": ("最差", "最糟", "最差的", "表现最差", "效果最差", "worst", "worst performing"),
    "rank": ("排名", "排行", "排行榜", "排序", "排名情况", "榜单", "rank", "ranked", "ranking", "rankings", "leaderboard", "sorted", "sort", "order", "ordered"),
    "desc": ("从高到低", "从大到小", "从多到少", "由高到低", "由大到小", "降序", "倒序", "descending", "high to low", "from high to low", "highest first"),
    "asc": ("从低到高", "从小到大", "从少到多", "由低到高", "由小到大", "升序", "ascending", "low to high", "from low to high", "lowest first"),
    "share": ("占比", "份额", "比重", "占比情况", "所占比例", "占比是多少", "构成", "占总", "占多少", "占比分布", "share", "share of", "share of total", "proportion", "proportion of", "percentage of total", "percent of total", "percentage share", "composition", "make up"),
    "trend": ("趋势", "走势", "变化趋势", "变化", "变动", "变化情况", "走向", "时间序列", "趋势图", "trend", "trends", "over time", "trending", "time series", "evolution", "trend line", "development"),
    "vs": ("对比", "相比", "比较", "相较", "比", "对比一下", "比较一下", "相对", "差异", "差别", "差距", "vs", "vs.", "versus", "compare", "compared", "compared to", "compared with", "comparison", "against", "difference", "difference between", "relative to", "between"),
    "delta": ("多多少", "少多少", "多了多少", "少了多少", "增加了多少", "减少了多少", "增长了多少", "下降了多少", "增长多少", "下降多少", "增长", "增长率", "增幅", "涨了多少", "涨幅", "降幅", "变化了多少", "变化多少", "变化率", "增减", "涨跌", "高了多少", "低了多少", "高多少", "低多少", "增速", "change", "changed", "growth", "growth rate", "increase", "decrease", "increased", "decreased", "grown", "grow", "delta"),
    "gt": ("大于", "高于", "超过", "多于", "超出", "高过", ">", "more than", "greater than", "above", "higher than", "exceeding", "exceeds", "exceed", "bigger than", "over than"),
    "gte": ("大于等于", "不低于", "不少于", "不小于", "至少", "达到", ">=", "≥", "at least", "no less than", "greater than or equal to", "not less than"),
    "lt": ("小于", "低于", "少于", "不足", "不到", "<", "less than", "below", "under", "lower than", "fewer than", "smaller than"),
    "lte": ("小于等于", "不超过", "不高于", "不多于", "不大于", "至多", "最多不超过", "<=", "≤", "at most", "no more than", "not more than", "up to"),
    "gte_after": ("以上", "及以上", "or more", "or above", "or higher", "+"),
    "lte_after": ("以下", "及以下", "以内", "or less", "or below", "or lower"),
    "what_is": ("是什么", "是啥", "啥是", "什么是", "what is", "what's", "whats", "what are"),
    "define": ("怎么算", "怎么算的", "如何计算", "怎么计算", "怎么计算的", "如何计算的", "定义", "的定义", "口径", "计算口径", "计算公式", "公式", "计算方式", "计算方法", "是什么意思", "什么意思", "含义", "指什么", "是指什么", "怎么定义", "如何定义", "怎么来的", "解释", "解释一下",
        "definition", "definition of", "define", "defined", "how is", "how are", "calculated", "computed", "formula", "formula for", "meaning", "meaning of", "mean", "means", "what does", "explain", "stand for"),
    "list": ("有哪些", "都有哪些", "有什么", "有哪几个", "有哪几种", "清单", "列表", "list", "list of", "list all", "which are there", "what are the", "available", "are there"),
    "metric_word": ("指标", "度量", "metrics", "metric", "kpi", "kpis", "measures", "indicators"),
    "dimension_word": ("维度列表", "分析维度", "dimensions", "dimension"),
    "help": ("你能做什么", "你会什么", "你可以做什么", "能问什么", "可以问什么", "能问哪些问题", "怎么用", "使用说明", "帮助", "你是谁", "help", "what can you do", "what can i ask", "how do i use this", "who are you", "how does this work"),
    "fresh": ("数据更新到哪天", "数据更新到什么时候", "数据截止到哪天", "数据截至", "数据更新时间", "更新到哪天", "更新到什么时候", "最新数据", "数据到哪天", "数据截止到什么时候", "how fresh", "data freshness", "how fresh is the data", "last updated", "how up to date", "latest data", "when was the data updated", "how recent is the data", "up to date"),
    "greet": ("你好", "您好", "hello", "hi", "早上好", "下午好", "good morning", "thanks", "thank you", "谢谢"),
}  # fmt: skip

PUNCTUATION = frozenset(" ,，。.?？!！、;；:：\"'“”‘’()（）[]【】{}《》/\\|~～-—_…·*#@`^=\n\t")
