"""The closed vocabulary of prose about results: what claims something, and what claims nothing.

A word that is neither here nor a name of the results fails the text. Words of cause (because,
由于), of the future (will, 将) and of quantity without number (many, 大幅) are left out on purpose:
results cannot back them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from assistant.grounding import chinese, english

#: Words that claim something, by what is checked.
CLAIMS: dict[str, tuple[str, ...]] = {
    "up": ("跳升", "跳升到", "跳升至", "再涨", "又涨", "再升", "又升", "shoot up", "shot up", "went up", "goes up", "going up", "moved up", "moves up", "stepped up", "trended up", "trending up", "pushed up", "bounced back", "bounced", "bounce", "revived", "revive", "doubling", "widened", "widen", "improve by growing", "heightened", "escalated", "escalating", "lift", "lifted", "lifts", "build-up", "built up", "add", "adding", "added on", "多卖", "多拿", "激增", "猛增", "暴涨", "飙升", "飙升到", "飙升至", "蹿升", "跃升", "跃升至", "跃升到", "翻红", "扩张", "抬头", "上移", "上涨了", "上升了", "增长了", "增加了", "提高了", "提升了", "升了", "增了", "高了", "拉升", "拉高", "上了一个台阶", "见涨", "走升", "上扬到", "上升", "上涨", "增长", "增加", "提高", "提升", "走高", "升至", "增至", "涨至", "升到", "涨到", "增加到", "增长到", "上升到", "上升至", "增长至", "上涨到", "上涨至", "提高到", "提升到", "提升至", "回升", "攀升", "上扬", "上行", "走强", "增幅", "涨幅", "升幅", "增速", "涨", "升", "增", "变贵", "变多", "增多", "扩大", "净增", "反弹", "反弹到", "反弹至", "升为", "增为", "涨为", "多了", "贵了", "涨了",
           "rose", "rise", "rises", "rising", "risen", "increased", "increase", "increases", "increasing", "grew", "grow", "grows", "growing", "grown", "growth", "up", "climbed", "climb", "climbing", "climbs", "gained", "gain", "gains", "upward", "jumped", "jump", "surged", "surge", "expanded", "rebounded", "recovered", "advanced", "uptick", "upswing", "upwards", "added", "adds", "冲到", "冲至", "冲上", "冲高", "冲高至", "升高", "升高到", "增加至", "提高至", "回升到", "回升至", "攀升到", "攀升至", "爬升", "爬升到", "爬升至", "走高至", "涨回", "抬升", "抬高", "上调", "有所增长", "有所上升", "有所增加", "有所提高", "有所回升", "climbed back", "rebound", "rebounds", "rebounding", "soared", "soar", "soars", "soaring", "spiked", "spike", "leapt", "leaped", "swelled", "accelerated", "picked up", "pick up", "ticked up", "strengthened", "advances", "jumps", "jumping", "surging", "surges", "accelerating"),
    "down": ("shed", "sheds", "shedding", "softened to", "跌破到", "再跌", "又跌", "又降", "shrink", "went down", "goes down", "going down", "moved down", "stepped down", "trended down", "trending down", "came down", "come down", "comes down", "cut", "cuts", "cutting", "narrowed", "narrow down", "narrowing", "lowered", "lowering", "lessened", "dwindled", "dwindle", "dwindling", "diminished", "ebbed", "waned", "sagged", "tapered", "tapered off", "backed off", "gave back", "gave up", "lose", "fall away", "fell away", "fell off", "falls off", "drop-off", "dropped off", "drop off", "fell back", "fallback", "pullback", "pull back", "worsened by falling", "暴跌", "大跌", "跳水", "收窄", "收缩", "下行至", "走跌", "见跌", "缩", "缩小到", "滑坡", "滑坡到", "减弱", "探底", "低了", "下降了", "下跌了", "减少了", "回落了", "降低", "降幅达", "缩减了", "下降", "下跌", "减少", "降低", "下滑", "走低", "降至", "跌至", "降到", "跌到", "减至", "减少到", "下降到", "下降至", "下滑至", "下滑到", "下跌到", "下跌至", "降低到", "降低至", "回落", "回落至", "回落到", "缩减", "萎缩", "走弱", "下行", "降幅", "跌幅", "缩小", "跌", "降", "减", "变少", "变便宜", "净减", "降为", "跌为", "减为", "降了", "跌了", "少了", "便宜了",
             "fell", "fall", "falls", "falling", "fallen", "decreased", "decrease", "decreases", "decreasing", "dropped", "drop", "drops", "dropping", "declined", "decline", "declines", "declining", "down", "shrank", "shrunk", "slipped", "slid", "slide", "downward", "reduced", "reduction", "dipped", "dip", "sank", "lost", "eased", "contracted", "downwards", "slump", "slumped", "掉", "掉到", "掉至", "跌落", "跌落到", "跌落至", "滑落", "滑落到", "滑落至", "缩水", "锐减", "骤降", "骤减", "下挫", "下调", "下探", "下探到", "走低至", "回调", "减少至", "缩减至", "缩减到", "降低了", "有所下降", "有所减少", "有所回落", "有所降低", "下滑了", "tumbled", "tumble", "tumbling", "plunged", "plunge", "plunging", "plummeted", "slips", "slipping", "slip", "slides", "sliding", "sinks", "sinking", "shrinks", "shrinking", "weakened", "retreated", "retreat", "dipping", "dips", "cooled", "easing", "eases", "softened", "lower than before", "trimmed", "collapsed", "loses", "losing", "receded", "pulled back"),
    "flat": ("打平", "持平", "不变", "没有变化", "基本不变", "基本持平", "平稳", "稳定", "flat", "unchanged", "stable", "steady", "没变", "没有变", "几乎没变", "几乎不变", "基本没变", "变化不大", "变化很小", "维持不变", "保持不变", "保持平稳", "little changed", "barely changed", "hardly changed", "barely moved"),
    "high": ("more than", "edged out", "edges out", "edging out", "beat out", "outdid", "outstripped", "eclipsed", "远超", "远高于", "超越", "越过", "压过", "盖过", "赢过", "强于", "好于", "高过了", "更强", "above that of", "高于", "多于", "大于", "高出", "多出", "领先", "领先于", "超过", "超出", "胜过", "更高", "更多", "更大", "更贵", "高", "多", "贵", "优于", "长", "更长", "久", "慢", "更慢",
             "higher", "more", "greater", "larger", "bigger", "above", "exceeds", "exceeded", "exceed", "exceeding", "over", "ahead", "outperformed", "outpaced", "beats", "beat", "costlier", "pricier", "topped", "surpassed", "dearer", "longer", "slower", "胜于", "高过", "多过", "大过", "高一些", "多一些", "outsold", "outearned", "outperforms", "tops", "higher than", "better than average", "costs more"),
    "low": ("less than", "fewer than", "弱于", "次于", "逊于", "差于", "短于", "快于", "轻于", "below that of", "低于", "少于", "小于", "不及", "不如", "落后", "落后于", "更低", "更少", "更小", "更便宜", "低", "少", "便宜", "短", "更短", "快", "更快",
            "lower", "less", "fewer", "smaller", "below", "behind", "cheaper", "trails", "trailed", "lags", "lagged", "under", "beneath", "lagging", "trailing", "shorter", "faster"),
    "max": ("头号", "领头", "领头的", "best-selling", "top-selling", "the most expensive", "the costliest", "peaking", "peaks", "新高", "最高纪录", "high point of", "the high", "'s high", "top spot", "first place", "见顶", "登顶", "封顶", "the most of any", "most of any", "the most", "on top", "highest of all", "至高", "首屈一指", "之冠", "之首", "居首位", "位列第一", "排名第一", "排第一", "拔得头筹", "夺冠", "一马当先", "遥遥领先", "leads the pack", "leads the field", "leads the way", "ahead of the rest", "ahead of everyone", "champion", "the winner", "head of the list", "tops the list", "topped the list", "tops the table", "topped the table", "all-time high", "its high", "their high", "最高", "最多", "最大", "最贵", "居首", "榜首", "冠军", "首位", "最高值", "峰值", "高点", "最高点", "顶峰", "居于首位", "排在首位", "位居榜首", "最为昂贵", "最强", "领跑", "第一大", "最长", "最慢", "高峰", "顶点",
            "highest", "largest", "biggest", "most", "peak", "peaked", "maximum", "greatest", "top", "leads", "led", "leading", "leader", "tops", "costliest", "priciest", "high point", "longest", "slowest", "most expensive", "dearest", "a high of", "high of", "number one", "居第一", "高居榜首", "最突出", "名列前茅的是", "位居第一", "领先者", "最快增长", "strongest", "busiest", "best seller", "bestseller", "best-seller", "top performer", "front-runner", "out on top", "number 1", "#1", "the lead", "in front", "richest", "heaviest", "tallest"),
    "min": ("the least expensive", "the cheapest", "新低", "is last", "was last", "are last", "dead last", "排最后", "排末尾", "见底", "触底", "the least", "the fewest", "之末", "倒数第一", "吊车尾", "laggard", "brought up the rear", "brings up the rear", "at the foot", "at the foot of the table", "lowest of all", "in last place", "came last", "comes last", "finished last", "ranks last", "ranked last", "最低", "最少", "最小", "最便宜", "垫底", "末位", "最低值", "谷底", "低谷", "低点", "最低点", "最弱", "谷值", "最短", "最快",
            "lowest", "smallest", "least", "fewest", "minimum", "bottom", "bottomed", "cheapest", "trough", "low point", "weakest", "shortest", "fastest", "least expensive", "a low of", "low of", "末尾", "最末", "殿后", "排名最后", "排在最后", "排名末位", "最靠后", "quietest", "quickest", "least of all", "slimmest", "leanest", "lightest", "last place", "at the bottom", "rear", "lowest point", "low mark", "thinnest"),
    "max_up": ("增长最猛", "涨得最猛", "涨得最狠", "升得最多", "升得最快", "增长最快", "涨幅最大", "增幅最大", "上涨最多", "增长最多", "升幅最大", "增加最多", "涨得最多", "涨得最快", "增幅最高", "涨幅最高", "fastest-growing", "biggest increase", "largest increase", "grew fastest", "grew the fastest", "increased most", "increased the most", "rose most", "rose the most", "biggest rise", "steepest rise", "biggest gain", "largest gain", "增速最快", "gained the most", "improved the most", "improved most"),
    "max_down": ("掉得最多", "掉得最狠", "降得最狠", "跌得最快", "掉得最快", "跌幅最大", "降幅最大", "下降最多", "下滑最多", "降得最多", "跌得最多", "减少最多", "biggest drop", "largest drop", "biggest decline", "largest decline", "fell most", "fell the most", "steepest drop", "biggest fall", "dropped the most", "steepest decline", "跌得最狠", "lost the most", "lost the most ground", "slid the most", "lost most ground", "worsened most"),
    "next": ("居次", "位居次席", "屈居次席", "次之", "仅次于", "紧随其后", "紧随", "followed by", "second only to", "next only to", "紧跟", "紧跟其后", "紧接着", "其次是", "紧接其后", "came next", "comes next", "next up", "just behind", "close behind", "right behind", "closely followed by", "trailed closely by"),
    "future": ("set to", "may", "might", "on track", "on track to", "will", "would", "should", "could", "将会", "有望", "或将", "预计", "料将", "还会", "将要"),
    "arch": ("先升后降", "先涨后跌", "先增后减", "先扬后抑", "先高后低", "冲高回落", "rose and then fell", "rose, then fell", "first rose and then fell"),
    "dip": ("先降后升", "先跌后涨", "先减后增", "先抑后扬", "先低后高", "探底回升", "fell and then rose", "first fell and then rose"),
    "except": ("exception", "exceptions", "例外"),
    "overtake": ("overtook", "overtake", "overtakes", "overtaking", "overtaken", "反超", "赶超", "后来居上"),
    "apart": ("差异很大", "差别很大", "差距很大", "相差很大", "差异较大", "差距较大", "差别较大", "相差较大", "相差悬殊", "差距悬殊", "悬殊", "差异悬殊", "差异明显", "差距明显", "差别明显", "vary widely", "varies widely", "varied widely", "differ widely", "differs widely", "differed widely", "varies a lot", "vary a lot"),
    "high_side": ("较高", "较多", "较大", "较长", "较贵", "偏高", "偏多", "偏大", "偏长", "相对较高", "相对较多", "相对较大", "相对较长"),
    "low_side": ("较低", "较少", "较小", "较短", "偏低", "偏少", "偏小", "偏短", "相对较低", "相对较少", "相对较小", "相对较短"),
    "vague": ("most of", "most channels", "most regions", "most of the", "most months", "most teams", "most industries", "most products", "大部分", "大多数", "多数", "绝大多数", "majority"),
    "best": ("最好", "最佳", "表现最好", "best", "best-performing", "strongest"),
    "worst": ("poorest", "weakest performing", "最差", "表现最差", "最糟", "worst", "worst-performing"),
    "sum": ("between them", "合计", "总计", "共计", "总共", "一共", "加起来", "累计", "加总", "之和", "总和", "总", "共", "合共", "共有", "加在一起", "together", "combined", "total", "totals", "totalled", "totaled", "totalling", "totaling", "sum", "altogether", "overall", "in total", "taken together", "put together", "in aggregate", "collectively", "jointly", "in all", "summed", "adds up", "add up", "adding up", "sums"),
    "avg": ("人均", "平均", "平均每", "均值", "平均值", "日均", "月均", "周均", "average", "averaged", "averages", "averaging", "mean", "on average", "an average", "每月平均", "每周平均", "平均为", "平均下来"),
    "share": ("absorbed", "absorbs", "supplied", "supplies", "make up", "占", "占比", "占到", "占据", "比重", "份额", "比例", "贡献", "贡献了", "贡献率", "share", "shares", "accounts for", "accounted for", "account for", "accounting for", "makes up", "made up", "represents", "represented", "contributed", "contributes", "contribution", "of the total", "of all", "proportion", "came from", "comes from", "来自", "出自", "generated", "brought in", "portion"),
    "diff": ("多出来", "拉大到", "gap between", "difference between", "apart from each other", "a gap of", "lead over", "leads by", "led by", "leading by", "by a gap of", "差", "相差", "差距", "之差", "差额", "gap", "difference", "differ", "spread", "between", "apart", "margin of", "by a margin", "a margin", "差了", "差距为", "相距", "拉开", "distance", "separated", "separates"),
    "than": ("compares with", "compares to", "compare with", "compare to", "comparing with", "比", "较", "相比", "相较", "对比", "than", "versus", "vs", "vs.", "compared with", "compared to", "compared", "against", "relative to"),
    "change": ("变化", "变动", "变化率", "变化幅度", "幅度", "change", "changes", "changed", "moved", "movement", "shift", "swing"),
    "resp": ("分别", "分别为", "分别是", "依次", "依次为", "依次是", "respectively", "in that order"),
    "approx": ("约", "大约", "大概", "左右", "约为", "将近", "接近", "近", "差不多", "上下", "about", "around", "roughly", "approximately", "nearly", "almost", "close to", "some", "circa", "just about", "近乎", "几乎", "接近于", "大致", "大体", "大约为", "差不多是", "上下浮动", "practically", "virtually", "approx.", "in the region of", "near", "nearing", "something like", "or so"),
    "more_than": ("exceed", "surpass", "surpasses", "surpassed", "surpassing", "刚过", "刚超过", "刚刚超过", "略超", "a little over", "a bit over", "a little more than", "a bit more than", "a touch over", "slightly above", "well over", "just above", "north of", "in excess of", "no less than", "no fewer than", "not less than", "past", "got past", "get past", "gets past", "beyond", "不低于", "不少于", "不下", "出头", "开外", "有余", "大于", "高于", "过了", "超出", "超过", "超", "逾", "多达", "高达", "突破", "不止", "以上", "余", "more than", "over", "above", "exceeding", "exceeded", "exceeds", "at least", "just over", "slightly over", "slightly more than", "topped", "upwards of"),
    "less_than": ("没到", "未到", "没有到", "不满", "跌破", "还不到", "不足", "低过", "a little under", "a bit under", "a little less than", "a touch under", "slightly below", "just below", "a shade under", "south of", "no more than", "not more than", "not quite", "short of", "just short of", "within", "以内", "之内", "不超过", "不高于", "不多于", "小于", "未满", "未达", "至多", "最多不过", "不到", "不足", "低于", "少于", "以下", "less than", "under", "below", "fewer than", "just under", "at most", "slightly under", "slightly less than", "shy of", "just shy of"),
    "prev": ("当时", "那时候", "前一个周期", "the previous one", "the preceding one", "the earlier one", "the one before", "前一周", "上一周", "前一日", "前一天", "前一季度", "前一季", "前一月", "前月", "上期", "对比期", "此前", "之前", "前期", "前一期", "上一期", "上一周期", "原来的", "原先", "previously", "before", "earlier", "prior", "previous", "a year earlier", "a year ago", "year earlier", "the year before", "the period before", "the month before", "the quarter before", "同期", "前一年", "上年", "前一个月", "前一个季度", "去年", "instead of", "formerly"),
    "all": ("皆", "皆为", "均为", "俱", "整体", "总体", "全部", "所有", "全体", "全公司", "整个", "各", "每个", "均", "都", "全都", "overall", "all", "every", "each", "entire", "whole", "both", "company-wide", "across the board", "every one", "without exception", "每一个", "无一例外", "统统", "一律", "anywhere"),
    "rest": ("any other", "any of the others", "everyone else", "all others", "all other", "the other", "其余", "其他", "其它", "剩余", "the rest", "other", "others", "remaining", "rest", "另外", "此外的", "elsewhere", "除", "除了", "以外", "之外", "除外", "except", "except for", "apart from", "other than", "aside from", "besides"),
    "neg": ("没有", "没", "未", "不", "并非", "并未", "无", "非", "not", "no", "never", "without", "neither", "nor", "none", "didn't", "doesn't", "isn't", "wasn't", "don't", "weren't", "aren't", "hasn't", "haven't", "cannot", "can't", "hardly", "far from"),
    "mono": ("month-by-month", "month by month", "quarter by quarter", "week by week", "quarter-by-quarter", "week-by-week", "持续", "连续", "月月", "周周", "季季", "逐月", "逐日", "逐周", "逐年", "逐季", "一路", "不断", "逐步", "稳步", "始终", "一直", "steadily", "consistently", "continuously", "continuous", "every month", "each month", "in a row", "consecutive", "throughout", "always", "straight", "uninterrupted", "逐渐", "一路走高", "节节", "consecutively", "month after month", "week after week", "running"),
    "only": ("只有", "仅有", "唯有", "唯一", "唯独", "only", "sole", "alone", "仅此", "单单", "solely", "唯一的", "the only"),
    "close": ("一样长", "一样多", "一样高", "一样大", "同样多", "同样长", "完全相同", "相同", "完全一致", "一模一样", "the same as each other", "相近", "较为接近", "比较接近", "较接近", "颇为接近", "closely", "相差很小", "相差不大", "差别不大", "差别很小", "差异不大", "差异很小", "identical", "level at", "level with each other", "几乎相等", "几乎一致", "均匀", "平均分布", "十分均衡", "均衡", "evenly spread", "evenly distributed", "evenly split", "much the same", "broadly similar", "roughly the same", "about the same", "roughly equal", "nearly equal", "level with", "不分伯仲", "难分高下", "基本相当", "大体相当", "相当接近的", "差距很小", "差距不大", "非常接近", "十分接近", "相当接近", "很接近", "相差无几", "不相上下", "旗鼓相当", "几乎一样多", "几乎一样", "几乎相同", "neck and neck", "practically identical", "almost identical", "virtually identical", "nearly identical", "almost the same", "nearly the same", "close together"),
    "span": ("之间", "range from", "range between", "fall between", "falls between", "lies between", "lie between", "sit between", "sits between", "varied between", "vary between", "varies between", "fluctuated between", "moved between", "hovered between", "stayed between", "between", "ranged", "ranges", "ranging", "spanned", "spanning", "spans", "介于", "不等"),
    "much": ("跳升", "跳升到", "跳升至", "大幅", "大幅度", "显著", "明显", "急剧", "剧烈", "猛", "大大", "sharply", "sharp", "significantly", "significant", "substantially", "substantial", "considerably", "markedly", "dramatically", "dramatic", "steeply", "strongly", "steep", "much"),
    "little": ("小幅", "小幅度", "微", "轻微", "微微", "些许", "有限", "modestly", "modest", "marginally", "marginal", "a touch", "a bit", "a little", "mildly", "edged", "edging", "edges", "inched", "inching", "ticked", "nudged", "crept"),
    "good": ("改善", "好转", "变好", "向好", "优化了", "improved", "improves", "improving", "improvement", "better"),
    "bad": ("恶化", "变差", "转差", "worsened", "worsening", "worse", "deteriorated", "deterioration"),
    "incomplete": ("不足整期", "不满整期", "不足一周", "不是整周", "不是全月", "非全月", "不足一个月", "不足整月", "未到月底", "还没到月底", "未到季末", "不是完整", "并不完整", "尚不完整", "还不完整", "不完整", "partial data", "still incomplete", "没有结束", "还没有结束", "还没结束", "未结束", "isn't over", "is not over", "isn't complete", "isn't finished", "not finished", "in progress", "under way", "underway", "still running", "进行中", "未满期", "未满", "不完整", "还未结束", "尚未结束", "截至", "数据截至", "not complete", "incomplete", "so far", "to date", "partial", "running", "data through", "not over", "through"),
    "complete": ("走完", "过完", "走到头", "全年", "全月", "全期", "收官", "结束", "结束了", "已经结束", "completed", "concluded", "closed out", "closed at", "ended at", "finished at", "wrapped up at", "收于", "收在", "收官于", "完整", "已结束", "满期", "complete", "finished"),
    "reach": ("reached", "reach", "reaches", "crossed", "cleared", "passed", "hit", "达到", "达到了", "够到", "迈过", "跨过"),
    "present": ("available",),
    "empty": ("没有记录", "没有费用", "no figure", "no figures", "not available", "n/a", "blank", "没有数据", "无数据", "暂无数据", "没有线索数据", "no data", "no value", "empty", "缺失", "missing"),
}  # fmt: skip

_MOST = ("biggest", "largest", "sharpest", "steepest", "strongest", "greatest", "most significant")
_RISES = (
    "increase",
    "increases",
    "rise",
    "rises",
    "gain",
    "gains",
    "jump",
    "jumps",
    "growth",
    "improvement",
    "improvements",
    "uplift",
)
_FALLS = ("drop", "drops", "fall", "falls", "decline", "declines", "decrease", "decreases", "reduction", "reductions", "dip", "drop-off", "loss", "losses", "slide")  # fmt: skip
_MOVED_MOST = {"max_up": (*_RISES,), "max_down": (*_FALLS,)}

#: Words that claim nothing.
PLAIN: tuple[str, ...] = ("能", "信息", "进入", "暂", "暂为", "团队", "team", "known", "blended", "equalled", "equals", "further down the funnel", "down the funnel",
    "虽", "因此", "所列", "天", "同为", "四者", "五者", "the earlier quarter", "the later quarter", "the later one", "首尾", "这一水平", "这一数字", "这一数值", "该水平", "创", "创下", "创下了", "创出", "全面", "often", "相比之下", "相较之下", "比较之下", "两相比较", "前者", "the former", "the latter", "the two", "the three", "all three", "placing", "成为", "成了", "成为了", "的", "了", "在", "是", "为", "和", "与", "及", "以及", "而", "则", "也", "并", "且", "其中", "其", "中", "里", "内", "于", "由", "从", "到", "至", "向", "对", "把", "被", "将以", "以", "按", "按照", "来看", "看", "来", "去", "有", "个", "位", "名", "日", "月", "年", "季度", "周", "期", "本期", "当期", "当月", "当日", "当季", "期间", "时间", "时段", "范围", "这", "该", "此", "它", "它们", "这个", "这些", "这段", "两者", "二者", "三者", "之", "所", "得", "地", "着", "过", "就", "还", "又", "再", "另", "但", "但是", "不过", "然而", "而且", "同时", "此外", "另外", "其次", "首先", "最后", "最终", "随后", "虽然", "尽管", "略", "略微", "稍", "稍微", "之前的", "然后", "接着", "接下来", "依旧", "仍", "仍然", "仍为", "已", "已经", "只", "仅", "仅为", "达", "录得", "记录", "实现", "实现了", "取得", "完成", "完成了", "产生", "产生了", "带来", "带来了", "出现", "出现在", "出现了", "落在", "位于", "位居", "位列", "排名", "排在", "排", "排行", "名列", "居", "表现", "结果", "数据", "数字", "数值", "情况", "方面", "水平", "总结", "小结", "概括", "概述", "一句话", "简单", "简要", "来说", "而言", "说", "可见", "可以", "看到", "可以看到", "显示", "表明", "如下", "以下为", "下面", "上面", "上述", "详见", "见", "表", "表中", "图", "图中", "查询", "统计", "计算", "计", "算", "口径", "指标", "维度", "分组", "组", "项", "类", "种", "值", "量", "数", "率", "额", "点", "个点", "开始", "起", "止", "始于", "首日", "末日", "期初", "期末", "第一天", "最后一天", "整段", "区间", "区间内", "波动", "走势", "趋势", "呈", "呈现", "总的来看", "总体来看", "整体来看", "总体上", "整体上", "综合来看", "具体来看", "具体", "具体为", "即", "也就是", "就是", "也就是说", "换句话说", "相当于", "等于", "折合", "合", "每", "单个", "单条", "单", "比值", "倍数", "比率", "百分比", "绝对值", "净", "要", "主要", "首要", "随后的", "明细", "列表", "清单", "说明", "注", "注意", "请注意", "提示", "备注", "提醒", "另请注意", "需要", "需要注意", "值得", "值得注意", "值得关注", "关注", "留意", "建议", "可", "考虑", "进一步", "继续", "跟踪", "跟进", "复盘", "查看", "核对", "核实", "拆分", "细分", "下钻", "对照", "比较", "参考", "供参考", "仅供参考", "优先", "重点", "重点关注", "您", "你", "我们", "我", "问题", "回答", "答案", "问", "问到", "如", "所示", "例如", "比如", "包括", "包含", "涵盖", "含", "不含", "覆盖", "还有", "另有", "有关", "关于", "对于", "针对", "分布", "分布在", "集中", "集中在", "最近", "拿到", "收获", "收获了", "进来", "获得了", "得到", "记为", "计为", "为止", "止于", "单月", "单日", "单季", "单周", "各自", "互相", "双方", "排第", "并列", "同样", "一样", "相同", "一致", "接近的", "不同", "差异", "约合", "左", "右", "后者", "者", "位次", "名次", "一", "一个", "一条", "一家", "一单", "一笔", "一位", "一天", "哪个", "多少", "如何", "怎么样", "回到", "变为", "变成", "调整为", "从而", "于是", "因此可见", "好", "个百分点的", "上", "下", "间", "处", "处于", "属于", "可知", "得出", "报", "报告", "汇报", "周期", "跨度", "口径为", "单位", "单位为", "计算得出", "由此", "的话", "呢", "吧", "啊", "哦", "吗", "嗯", "哈", "若", "视图", "权限范围", "末", "初", "开局", "起点", "终点", "起始", "末尾", "初期", "回看", "放眼", "纵观", "聚焦", "眼下", "目前", "当前", "现有", "现在", "如今", "整整", "换来", "换得", "换来了", "用", "用了", "只用", "只需", "只要", "条", "那", "那一", "那个", "很", "相当", "十分", "非常", "挺", "较为", "颇", "颇为", "尤为", "外", "队", "队伍", "支", "家公司", "哪怕", "即便", "也只", "也有", "也是", "一项", "一家就", "独自", "光是", "单是", "之多", "之高", "之低", "之少", "轮", "轮到", "轮番", "顺次", "接连", "先", "先是", "后来", "再到", "再次", "再度", "又一次", "重新", "重回", "回归", "徘徊", "徘徊在", "游走", "落", "落在了", "定格在", "锁定", "突出", "显眼", "抢眼", "亮眼", "引人注目", "明确", "清楚", "清晰", "直观", "一目了然", "显而易见", "的确", "确实", "不难看出", "由表可见", "据此", "依据", "根据", "按此", "以此", "对应", "对应的", "相应", "相应的", "分为", "折算", "换算", "换算下来", "换算成", "粗略", "粗算", "四舍五入", "精确", "准确", "恰好", "刚好", "正好", "恰", "刚", "才", "就只有", "总体", "量级", "级别", "层面", "角度", "维度上", "口径上", "范围内", "区间为", "此次", "这次", "本次", "这里", "那里", "下方", "上方", "左边", "右边", "往后", "往前", "随之", "紧挨着", "挨着", "隔壁", "夹在", "介乎", "之列", "行列", "阵营", "前面", "后面", "前边", "后边", "身后", "面前", "贡献者", "来源", "要点", "看点", "结构", "构成", "组成", "组成了", "构成了", "分解", "拆解", "梳理", "盘点", "回顾", "解读", "描述", "表述", "简述", "摘要", "速览", "一览", "概览", "全貌", "整体情况", "季", "季末", "年末", "月末", "周末", "季初", "月初", "年初", "年中", "当年", "当周", "该月", "该周", "该季", "该季度", "那周", "那月", "个月份", "个周", "自然月", "自然周", "自然季", "自然年", "迅速", "很快", "态势", "势头", "名称", "有名称", "填", "未填", "高度集中", "首次", "头一次", "任何一个", "任何", "次点击", "任一", "随即", "旋即", "眼看", "相继", "先后", "中游", "中段", "居中", "普遍", "偏", "全年至今", "今年至今", "记录",
    "a", "an", "the", "of", "in", "on", "at", "by", "for", "from", "to", "into", "with", "within", "as", "and", "or", "but", "while", "whereas", "though", "although", "however", "so", "then", "also", "too", "is", "are", "was", "were", "be", "been", "being", "it", "its", "it's", "they", "them", "their", "this", "that", "these", "those", "there", "which", "who", "where", "when", "what", "how", "i", "we", "our", "you", "your", "has", "have", "had", "do", "does", "did", "can", "may", "here", "here's", "that's", "there's", "one", "ones", "only the", "just", "still", "already", "now", "again", "back", "next", "last", "first", "second", "finally", "final", "during", "after", "over the", "per", "via", "in terms", "terms", "such", "same", "equal", "equals", "equally", "tied", "tie", "even", "yet", "both of", "either", "out", "off", "away", "amounting", "amounted", "amounts", "amount", "stood", "stands", "stand", "standing", "came", "come", "comes", "coming", "went", "go", "goes", "going", "got", "get", "gets", "reached", "reaches", "reach", "reaching", "hit", "hits", "hitting", "posted", "posting", "posts", "recorded", "records", "record", "recording", "registered", "saw", "sees", "seen", "see", "seeing", "shows", "show", "showed", "shown", "showing", "sits", "sit", "sitting", "sat", "ended", "ends", "end", "ending", "began", "begin", "begins", "beginning", "started", "start", "starts", "starting", "opened", "closed", "close", "closing", "finishing", "landed", "delivered", "delivers", "delivering", "produced", "produces", "brought", "made", "making", "make", "makes", "gave", "gives", "took", "takes", "had the", "ranked", "ranks", "rank", "ranking", "rankings", "place", "placed", "places", "position", "spot", "result", "results", "data", "figure", "figures", "number", "numbers", "value", "values", "rate", "rates", "level of", "period", "periods", "month", "months", "quarter", "quarters", "year", "years", "week", "weeks", "day", "days", "daily", "monthly", "weekly", "quarterly", "yearly", "range", "window", "time", "date", "dates", "summary", "in short", "short", "brief", "briefly", "sum up", "note", "noted", "please", "table", "chart", "above all", "see the", "question", "answer", "answers", "answered", "asked", "view", "scope", "definition", "metric", "metrics", "group", "groups", "grouped", "category", "categories", "dimension", "breakdown", "broken", "split", "list", "listed", "compare", "comparison", "comparing", "trend", "trending", "pattern", "varied", "varies", "vary", "fluctuated", "overall picture", "picture", "worth", "noting", "consider", "recommend", "recommended", "suggest", "suggested", "review", "reviewing", "check", "watch", "attention", "focus", "priority", "further", "look", "looking", "looks", "closer", "let", "us", "specifically", "particular", "notably", "meanwhile", "namely", "i.e.", "e.g.", "including", "includes", "include", "excluding", "covering", "covers", "covered", "measured", "counted", "calculated", "computed", "based", "basis", "according", "named", "called", "about the", "respect", "regard", "regarding", "considering", "given", "plus", "minus", "equivalent", "meaning", "means", "that is", "or so", "remained", "remains", "remain", "stayed", "stay", "kept", "held", "holds", "hold", "turned", "became", "becomes", "accounted", "point", "points", "percentage", "percent", "units", "unit", "net", "individual", "another", "among", "amongst", "across", "through to", "until", "since", "till", "up to", "as of", "ago", "today", "yesterday", "currently", "current", "latest", "recent", "most recent", "itself", "themselves", "respective", "some of", "two of", "said", "says", "if", "because of the", "like", "reads", "read", "came in", "came to", "worked", "works", "work", "s", "'s", "figures show", "year-on-year", "month-on-month", "quarter-on-quarter", "turn", "set", "put", "mark", "marks", "marked", "side", "sides", "other side", "hand", "contrast", "contrasting", "trailed by", "contrast to", "pace", "bar", "well", "quite", "very", "far", "by far", "itself at", "against the", "distant", "top-ranked", "span", "best of", "opening", "later", "slightly", "versus the",
    "后", "前", "份", "却", "呢", "直到", "直至", "期末", "留下", "留下了", "剩下", "剩", "余下", "仅剩", "漏斗", "模型", "型", "下来", "上来", "起来", "下去", "上去", "出来", "而来", "乃至", "甚至", "尤其", "特别", "其余的", "分到", "分得", "拿下", "拿下了", "拿到了", "揽下", "揽获", "斩获", "收下", "稳居", "稳坐", "跻身", "坐稳", "占住", "守住", "站上", "站稳", "落到", "落至", "来到", "走到", "做到", "做了", "有着", "拥有", "具有", "带有", "存在", "发生", "发生了", "贡献出", "汇总", "加总后", "相加", "合起来", "合在一起", "加总来看", "从上到下", "自上而下", "从高到低", "从低到高", "由高到低", "由低到高", "依次排列", "顺序", "先后", "分列", "分居", "分处", "分属", "彼此", "相互", "之中", "当中", "里面", "以来", "以后", "之后", "此后", "其后", "自", "自从", "截止", "止步", "到目前为止", "目前为止", "迄今", "至今", "当下", "时", "时候", "时点", "那时", "届时的", "这时", "另一方面", "一方面", "与此同时", "相对", "相对来说", "相对而言", "总之", "综上", "综上所述", "简言之", "简而言之", "换言之", "也就", "其实", "实际", "实际上", "事实上", "大致上", "一共有", "共计有", "总共有", "地区", "地方", "区域", "区", "渠道间", "各家", "各地", "各区", "之外的", "各月", "各周", "各季", "各季度", "月份", "年份", "周次", "阶段", "环节", "步骤", "步", "层", "档", "梯队", "档次", "段", "批", "条目", "款", "台", "件", "场次", "人次", "行", "列", "位置", "座次", "席", "之首", "之间的", "跨越", "横跨", "分为", "划分", "拆成", "看作", "视为", "称为", "叫做", "归因到", "归到", "归入", "记入", "计入", "算入", "算到", "归属", "归属的", "所属", "名下", "旗下", "手里", "方", "部分", "块", "方面的", "规模", "体量", "总量", "总额", "总数", "总体量", "就有", "便", "便是", "乃", "系", "本身", "自身", "自己", "其它各", "两地", "三地", "要数", "当属", "则是", "则为", "依然", "依然是", "还是", "仍是", "仍有", "尚", "尚有", "今年以来的", "accordingly", "accounted", "alike", "all", "along", "alongside", "and", "another", "any", "anyone", "apparent", "approach", "approaches", "area", "areas", "assigned", "assigns", "at", "atop", "attributed", "attributes", "attributing", "become", "becoming", "beginning", "being", "between", "beyond", "booked", "bring", "bringing", "brings", "brought", "business", "by", "calendar", "chalked", "claimed", "claiming", "claims", "clear", "clearly", "clocked", "clocking", "close-run", "closing", "collect", "collected", "collecting", "collects", "comparable", "compared", "comparison", "completed", "contender", "contrast", "contributor", "contributors", "count", "counts", "couple", "credit", "credited", "crediting", "credits", "day-to-day", "degree", "did", "does", "doing", "drawing", "draws", "drew", "each", "early", "earn", "earned", "earning", "earns", "end", "ensuing", "entries", "entry", "everything", "evident", "exactly", "extent", "finish", "finished", "finishes", "fiscal", "fluctuates", "fluctuating", "followed", "following", "former", "forward", "from", "full", "full-month", "full-week", "funnel", "going", "ground", "halfway", "handful", "having", "hence", "herself", "himself", "hover", "hovered", "hovering", "hovers", "identical", "in", "indeed", "inside", "instead", "item", "items", "landing", "lands", "last", "late", "latter", "lay", "lens", "lenses", "level", "lie", "lies", "likewise", "line", "lined", "lines", "located", "location", "log", "logged", "logging", "logs", "lying", "magnitude", "member", "members", "method", "methods", "mid", "middle", "model", "models", "month-end", "month-to-month", "move", "moves", "moving", "near-identical", "neck", "need", "needed", "needing", "needs", "notched", "notching", "noticeable", "observe", "observed", "observes", "occupied", "occupies", "occupying", "on", "one", "onward", "onwards", "oscillated", "other", "otherwise", "ourselves", "out", "outside", "over", "own", "pair", "par", "part", "parts", "performer", "performers", "piece", "pieces", "player", "players", "positioned", "preceding", "precisely", "pulled", "pulling", "pulls", "put", "quarter-end", "quartet", "racked", "racking", "rather", "receive", "received", "receives", "receiving", "region", "regions", "reporting", "require", "required", "requires", "requiring", "round", "rounded", "rounding", "rounds", "same", "seat", "secured", "secures", "securing", "segment", "segments", "seller", "side", "similar", "similarly", "simply", "sits", "size", "sized", "sizes", "slot", "something", "source", "sources", "stage", "stages", "start", "step", "steps", "subsequent", "switch", "switched", "switches", "switching", "taken", "takes", "taking", "tallied", "tallies", "tally", "tallying", "the", "them", "themselves", "thereby", "this", "those", "thus", "time", "to", "together", "told", "took", "total", "touch", "touchpoint", "touchpoints", "toward", "towards", "trio", "under", "up", "upon", "visible", "week-to-week", "were", "whatever", "when", "whichever", "who", "whole", "whom", "whose", "with", "within", "year-end", "all told", "on the whole", "side by side", "by comparison", "in comparison", "in the middle", "on par with", "round out", "rounds out", "rounded out", "lined up", "brought in", "pulled in", "took in", "taking in", "came out", "come out", "comes out", "came out at", "over the period", "at the end", "at the start", "so far this year",
)  # fmt: skip

#: Words of a subject: known only where a metric of the results is about it.
TOPICS: dict[str, tuple[str, ...]] = {
    "cost": ("成本", "花费", "花了", "花", "费用", "投入", "支出", "cost", "costs", "costing", "spent", "spend", "spending"),
    "revenue": ("收入", "营收", "进账", "入账", "revenue", "earned"),
    "amount": ("金额", "amount", "amounts"),
    "order": ("签下", "签了", "签", "成交", "签约", "signed", "booked", "closed"),
    "person": ("人", "每人", "per person", "per rep", "per head", "reps", "rep", "sales reps"),
    "opportunity": ("created", "opened", "新建", "创建", "形成"),
    "win": ("赢", "赢下", "胜率", "won", "win", "wins", "winning"),
    "lead": ("新", "新增", "新增了", "获取", "获得", "new", "generated", "acquired"),
    "conversion": ("convert", "转化率", "accepted", "qualified", "qualify", "qualifies", "turned into", "走到", "进入", "到了", "流转", "转化", "转为", "转成", "converted", "converts", "conversion", "converting"),
    "count": ("数量", "volume", "number"),
    "cycle": ("周期", "耗时", "用时", "历时", "走完", "deal", "deals", "winning", "win", "closing", "sale", "sales", "cycle", "cycles"),
}  # fmt: skip
#: Stems by which a metric's names show what it is about.
STEMS: dict[str, tuple[str, ...]] = {
    "cost": ("成本", "费用", "花费", "cost", "spend", "cpl"),
    "revenue": ("收入", "revenue"),
    "amount": ("金额", "amount", "费", "消耗", "成本", "收入", "cost", "spend", "revenue"),
    "order": ("订单", "order", "成交", "赢单"),
    "person": ("负责人", "销售", "owner", "rep", "人员", "员工"),
    "opportunity": ("商机", "opportunit", "pipeline"),
    "win": ("赢单", "win"),
    "lead": ("线索", "lead", "mql", "sql"),
    "conversion": ("转化", "conversion", "率", "rate"),
    "count": ("数", "量", "number", "count"),
    "cycle": ("周期", "cycle", "天数", "time to"),
}

#: What stands between words: anything else is a finding.
PUNCTUATION = frozenset(" \t\r\n,.;:!?，。；：！？、()（）[]《》「」'\"%/+-~·•…*&→>|=“”‘’【】#")
#: Where one claim ends. A comma also separates, but a list may go on after it.
STOPS = frozenset("。！？!?;；\n")


@lru_cache(maxsize=64)
def topical(about: frozenset[str]) -> frozenset[str]:
    """Return the words that are known where the metrics are about these subjects."""
    return frozenset(w for subject in about for w in TOPICS[subject])


def subjects(metric_words: Iterable[str]) -> frozenset[str]:
    """Return what the metrics are about, by their names."""
    words = tuple(metric_words)
    return frozenset(
        subject
        for subject, stems in STEMS.items()
        if any(stem in word for stem in stems for word in words)
    )


#: Subjects whose words tell metrics apart; of the others too many metrics are about them.
_TELLING = frozenset({"cost", "revenue", "order", "win"})


def metrics_about(word: str, called: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """Return the metrics that a word of a subject may mean.

    Args:
        word: A word of the text.
        called: (word, metric) of everything that the metrics are called.
    """
    stems = [s for subject in _TELLING if word in TOPICS[subject] for s in STEMS[subject]]
    return frozenset(m for name, m in called if any(stem in name for stem in stems))


#: Words of a bound also compare: `slightly below August's 1,565,986`.
_COMPARING = (
    ("more_than", "high", re.compile(r"\b(?:over|above|more)\b|[高多大]于")),
    ("less_than", "low", re.compile(r"\b(?:under|below|less|fewer)\b|[低少小]于")),
)


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, frozenset[str]]:
    """Return every known word with the claims it makes (none for plain words)."""
    out: dict[str, set[str]] = {
        word: set() for word in (*PLAIN, *chinese.plain_words(), *english.plain_words())
    }
    for claim, words in CLAIMS.items():
        for word in words:
            out.setdefault(word, set()).add(claim)
    for claim, moves in _MOVED_MOST.items():
        for word in (f"{most} {move}" for most in _MOST for move in moves):
            out.setdefault(word, set()).add(claim)
    for bound, claim, pattern in _COMPARING:
        for word in CLAIMS[bound]:
            out[word] |= {claim} if pattern.search(word) else set()
    return {word: frozenset(claims) for word, claims in out.items()}
