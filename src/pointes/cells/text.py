"""Decoding of model files in any encoding and with any line endings."""

import codecs
import re

from pointes.errors import UserError

MARKS = (  # of two marks that begin alike the longer one comes first
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
DECLARED = re.compile(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
INVISIBLE = {ord(mark): None for mark in "\ufeff\u200b\u200c\u200d\u2060"} | {0xA0: " ", 0x202F: " "}


def decode(data: bytes, where: str) -> str:
    """Return the text in a model file without byte-order marks, invisible characters and XML declaration.

    The encoding is that of the byte-order mark or of the XML declaration, else UTF-8. An unknown encoding, or contents
    that have another one, raise a UserError.
    """
    encoding = _encoding(data)
    try:
        text = data.decode(encoding)
    except LookupError:
        raise UserError("encoding in the XML declaration", encoding, "UTF-8", where) from None
    except UnicodeDecodeError as error:
        byte, line = data[error.start], data.count(b"\n", 0, error.start) + 1
        character = bytes([byte]).decode("cp1252", errors="replace")
        found = f"(byte 0x{byte:02X} in line {line}, which is {character!r} in Windows-1252)"
        expected = "a file saved as UTF-8"
        raise UserError(f"encoding is not {encoding.upper()} {found}", expected=expected, where=where) from None
    text = text.translate(INVISIBLE).replace("\r\n", "\n").replace("\r", "\n")
    return DECLARATION.sub("", text, count=1) if DECLARATION.match(text) else text


def is_xml(text: str) -> bool:
    """Return whether a text begins as an XML document does."""
    return text.lstrip().startswith("<")


def _encoding(data: bytes) -> str:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return encoding
    if data[:1] == b"\0":
        return "utf-16-be"
    if data[1:2] == b"\0":
        return "utf-16-le"
    declared = DECLARED.match(data)
    return declared[1].decode("ascii") if declared else "utf-8"
