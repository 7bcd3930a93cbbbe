"""Invented names and fixed vocabularies. No real person or company is meant."""

from __future__ import annotations

from typing import Final

REGIONS: Final = ("华东", "华南", "华北", "华中", "西南", "西北", "东北")
PROVINCES: Final = (
    "上海", "江苏", "浙江", "安徽", "广东", "广西", "福建", "北京", "天津", "河北", "湖北", "湖南",
    "河南", "四川", "重庆", "云南", "陕西", "甘肃", "辽宁", "吉林",
)  # fmt: skip
PROVINCE_RANGE: Final = ((0, 4), (4, 3), (7, 3), (10, 3), (13, 3), (16, 2), (18, 2))
INDUSTRIES: Final = (
    "高端装备", "汽车零部件", "电子制造", "新能源", "医疗器械", "精细化工", "食品饮料", "物流仓储",
)  # fmt: skip
INDUSTRY_WEIGHTS: Final = (150, 170, 180, 150, 90, 90, 90, 60, 20)  # the last is NULL
SIZES: Final = ("1-99人", "100-499人", "500-1999人", "2000人以上")
UNITS: Final = ("智能装备事业部", "工业软件事业部")
CHANNELS: Final = (
    "百度", "头条", "腾讯", "Google", "LinkedIn", "官网", "公众号", "企微", "EDM", "线下活动",
    "线上直播", "转介绍",
)  # fmt: skip
UTM_SOURCES: Final = (
    "baidu", "toutiao", "tencent", "google", "linkedin", "site", "wechat", "wecom", "edm",
    "offline", "live", "referral",
)  # fmt: skip
TYPES: Final = (
    "线上研讨会", "行业展会", "线下沙龙", "学术会议", "白皮书", "直播", "定向EDM", "搜索广告",
    "信息流广告", "品牌活动",
)  # fmt: skip
TOPICS: Final = (
    "智能工厂", "数字孪生", "设备预测性维护", "MES升级", "工业AI质检", "柔性产线", "绿色制造",
    "供应链协同",
)  # fmt: skip
PRODUCTS: Final = ("星河MES", "星河IoT平台", "星河视觉质检", "星河智能产线", "星河数字孪生")
STAGES: Final = ("初步接触", "需求确认", "方案报价", "商务谈判", "赢单", "输单")
KINDS: Final = (
    "ad_click", "web_visit", "content_view", "content_download", "form_submit", "webinar_attend",
    "event_attend", "email_click", "wecom_chat", "sales_call",
)  # fmt: skip
SYSTEMS: Final = ("官网表单", "企微", "会议系统", "CRM导入")
ORDER_KINDS: Final = ("新购", "续约", "增购", "交叉销售")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN_A = "子思雨浩佳俊梓明晓文志建海宏立永国安宁静雅欣若景承"
_GIVEN_B = "涵轩怡然宇航琪瑶杰峰磊鹏超涛敏洁颖婷慧岚霖辰川源"
_BRAND_A = "锐恒鼎瑞凯泰盛华博远卓睿启申隆嘉沃科晟昱禾骏铭翰"
_BRAND_B = "捷达信元拓展维联创盈成源通诺驰腾越阳川岳森帆"
_BRAND_C = ("精工", "科技", "智能", "重工", "机电", "实业", "自动化", "股份")
_FIELD = ("装备", "汽配", "电子", "新能源", "医疗", "化工", "食品", "物流", "工业")
_TITLES = (
    "生产总监", "IT经理", "设备部长", "采购经理", "总经理", "信息化主管", "质量经理", "工艺工程师",
    "数字化负责人", "厂长", "副总经理", "项目经理",
)  # fmt: skip


def person_name(index: int) -> str:
    """The invented name of a person number."""
    mixed = index * 7919 + index // 40
    name = _SURNAMES[index % len(_SURNAMES)] + _GIVEN_A[mixed % len(_GIVEN_A)]
    return name if index % 5 == 0 else name + _GIVEN_B[mixed // 25 % len(_GIVEN_B)]


def company_name(index: int, province: int, industry: int) -> str:
    """A distinct invented company name."""
    rest, a = divmod(index, len(_BRAND_A))
    rest, b = divmod(rest, len(_BRAND_B))
    rest, c = divmod(rest, len(_BRAND_C))
    turn, d = divmod(rest, len(_BRAND_A))
    extra = _BRAND_A[d] if rest else ""
    more = str(turn) if turn else ""
    place = PROVINCES[province] if province >= 0 else "中"
    return f"{place}{_BRAND_A[a]}{_BRAND_B[b]}{extra}{_FIELD[industry]}{_BRAND_C[c]}{more}有限公司"


def job_title(index: int) -> str:
    """A job title by number."""
    return _TITLES[index % len(_TITLES)]


def phone_digits(person: int) -> str:
    """Eleven digits, distinct per person: the map is a bijection on nine digits."""
    return f"1{3 + person % 7}{(person * 387_420_489 + 104_729) % 1_000_000_000:09d}"


def phone_text(person: int, style: int) -> str:
    """The phone as one of four systems writes it."""
    digits = phone_digits(person)
    if style == 1:
        return f"+86 {digits[:3]} {digits[3:7]} {digits[7:]}"
    if style == 2:
        return f"{digits[:3]}-{digits[3:7]}-{digits[7:]}"
    return digits
