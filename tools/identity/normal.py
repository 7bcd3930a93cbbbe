"""Raw phones, mailboxes, ids, names and companies as comparable keys. Pure functions.

An empty key means "tells nothing": not filled in, a placeholder, or shared by design.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache, lru_cache

from semantic_layer.lead_roles import KeyKind

_EXTENSION = re.compile(r"(转|分机|ext\.?|extension|#|x|,|;|/|、).*$", re.IGNORECASE)
_NOT_DIGIT = re.compile(r"\D+")
_MOBILE = re.compile(r"^1[3-9]\d{9}$")
_MAILBOX = re.compile(r"^[a-z0-9._%+'-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$")
_ROLES = frozenset(
    {"info", "sales", "sale", "hr", "admin", "office", "service", "support", "contact", "marketing",
     "market", "noreply", "no-reply", "test", "mail", "webmaster", "postmaster", "kefu", "hello"}
)  # fmt: skip
_FREE = frozenset(
    {"qq.com", "163.com", "126.com", "gmail.com", "outlook.com", "hotmail.com", "sina.com",
     "foxmail.com", "yeah.net", "sohu.com", "aliyun.com", "139.com", "189.cn", "icloud.com", "yahoo.com"}
)  # fmt: skip
_NOTHING = frozenset(
    {"", "null", "none", "nil", "n/a", "na", "0", "-", "unknown", "未知", "无", "匿名"}
)
_SAMPLE_PHONES = frozenset({"13800138000", "13812345678", "18888888888", "13888888888"})
_HONORIFIC = re.compile(
    r"(先生|女士|小姐|老师|博士|教授|总监|总经理|副总|经理|主任|厂长|主管|工程师|老板|总|工|董)$"
)
_TITLES_EN = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "sir"})
_COMPOUND = frozenset(
    {"欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯",
     "端木", "南宫", "独孤", "长孙", "宇文"}
)  # fmt: skip
_CJK = re.compile(r"^[\u3400-\u9fff]+$")
_BRANCH = re.compile(r"(有限责任公司|股份有限公司|有限公司|公司|集团)[\u3400-\u9fff]{1,8}分公司$")
_LEGAL = re.compile(
    r"(有限责任公司|股份有限公司|集团有限公司|有限公司|股份公司|分公司|集团公司|公司|集团|控股|股份)+$"
)
_LEGAL_EN = re.compile(
    r"\b(co|company|ltd|limited|inc|incorporated|corp|corporation|llc|gmbh|group|holdings?|plc|sa|bv)\b"
)
_PUNCTUATION = re.compile(r"[\s.,，。·・'\"“”‘’()（）\[\]【】_\-—&/]+")


def _plain(text: object) -> str:
    return unicodedata.normalize("NFKC", str(text or "")).strip().lower()


def phone_key(text: object) -> str:
    """Return a person's phone: 11 digits of a Chinese mobile, or `+` and digits from abroad.

    Landlines, extensions of a switchboard and placeholders give nothing: they belong to a
    company, or to nobody.
    """
    plain = _plain(text)
    has_plus = plain.startswith(("+", "00"))
    digits = _NOT_DIGIT.sub("", _EXTENSION.sub("", plain))
    digits = digits.removeprefix("00") if plain.startswith("00") else digits
    if has_plus and not digits.startswith("86"):
        return f"+{digits}" if 8 <= len(digits) <= 15 else ""
    for prefix in ("", "86", "0", "860"):
        local = digits.removeprefix(prefix)
        if _MOBILE.match(local):
            return "" if local in _SAMPLE_PHONES or len(set(local[1:])) <= 1 else local
    return ""


def email_key(text: object) -> str:
    """Return a mailbox of one person: lower case, without tags; nothing for role mailboxes."""
    plain = _plain(text).removeprefix("mailto:")
    if not _MAILBOX.match(plain):
        return ""
    local, domain = plain.split("@")
    local = local.split("+")[0]
    if domain in {"gmail.com", "googlemail.com"}:
        local, domain = local.replace(".", ""), "gmail.com"
    return "" if local in _ROLES or not local else f"{local}@{domain}"


def domain_of(email: str) -> str:
    """Return the domain of a company mailbox; nothing for free mail services."""
    domain = email.partition("@")[2]
    return "" if domain in _FREE else domain


def id_key(text: object) -> str:
    """Return an opaque id, exactly as it is but for space around it."""
    raw = str(text or "").strip()
    return "" if raw.lower() in _NOTHING else raw


KEYS: Mapping[KeyKind, Callable[[object], str]] = {
    "phone": phone_key,
    "email": email_key,
    "id": id_key,
}


@cache
def _simplified() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


@lru_cache(maxsize=200_000)
def name_key(text: str) -> str:
    """Return a name by sound, in any order: 王伟, 王 偉 and Wei Wang are `wang wei`.

    A surname with a form of address (王总) gives nothing: it names half the company.
    """
    plain = _plain(text)
    joined = _PUNCTUATION.sub("", plain)
    if plain in _NOTHING or not joined:
        return ""
    if _CJK.match(joined):
        return _chinese_name(_simplified()(joined))
    tokens = [t for t in _PUNCTUATION.split(plain) if t and t not in _TITLES_EN]
    return " ".join(sorted(tokens)) if len(tokens) > 1 else ""


def _chinese_name(name: str) -> str:
    from pypinyin import lazy_pinyin

    stripped = _HONORIFIC.sub("", name)
    if stripped != name and len(stripped) < 2:
        return ""
    full = stripped if len(stripped) >= 2 else name
    if len(full) < 2:
        return ""
    size = 2 if full[:2] in _COMPOUND and len(full) > 2 else 1
    parts = ("".join(lazy_pinyin(full[:size])), "".join(lazy_pinyin(full[size:])))
    return " ".join(sorted(parts))


@lru_cache(maxsize=200_000)
def company_key(text: str) -> str:
    """Return a company without its legal form: parent and branch office have the same key."""
    plain = _plain(text)
    if plain in _NOTHING:
        return ""
    plain = _LEGAL_EN.sub(" ", plain.replace(".", ""))
    joined = _simplified()(_PUNCTUATION.sub("", plain))
    joined = _BRANCH.sub("", joined)
    return _LEGAL.sub("", joined) or joined
