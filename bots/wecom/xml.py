"""The flat XML of WeCom's application callbacks."""

from __future__ import annotations

from xml.sax.saxutils import escape

from bots.wecom.crypto import CryptoError

MAX_BODY = 64 * 1024


def parse(body: str) -> dict[str, str]:
    """Return the elements below the root; nested ones as `Outer.Inner`.

    Raises:
        CryptoError: -40002: too long, not XML, or XML that attacks its reader.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    if len(body) > MAX_BODY:
        raise CryptoError(-40002, "the body is too long")
    try:
        root = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError):
        raise CryptoError(-40002, "the body is not XML") from None
    found: dict[str, str] = {}
    for child in root:
        found[child.tag] = child.text or ""
        for inner in child:
            found[f"{child.tag}.{inner.tag}"] = inner.text or ""
    return found


def build(**elements: str) -> str:
    """Return a flat document."""
    body = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in elements.items())
    return f"<xml>{body}</xml>"
