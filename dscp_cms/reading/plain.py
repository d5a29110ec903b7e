"""Plain text in whatever encoding it was saved."""

from charset_normalizer import from_bytes

from dscp_cms.reading.facts import CannotRead, Reading

MOST = 10_000_000  # bytes that are read


def read_plain(path: str, pages: int) -> Reading:
    """Read a text file; its encoding is guessed where it doesn't say."""
    with open(path, "rb") as file:
        content = file.read(MOST + 1)
    cut = len(content) > MOST
    try:
        text = content[:MOST].decode("utf-8-sig", "strict" if not cut else "ignore")
    except UnicodeDecodeError as error:
        best = from_bytes(content[:200_000]).best()
        if best is None:
            raise CannotRead("The file isn't text in any encoding that is known.") from error
        # Where several would do, the one that British machines write.
        encoding = "cp1252" if "cp1252" in best.could_be_from_charset or _plausible(content) else best.encoding
        text = content[:MOST].decode(encoding, "replace")
    return Reading(texts=[text], cut=cut)


def _plausible(content: bytes) -> bool:
    """Whether the letters beyond ASCII are those of western Europe, in Windows' encoding."""
    beyond = [byte for byte in content[:200_000] if byte > 127]
    usual = set("‘’“”–—…£€§°·éèêëàâäáçîïíôöóûüúñÉÈÀÇ".encode("cp1252"))
    return b"\x00" not in content[:1000] and sum(byte in usual for byte in beyond) >= 0.9 * len(beyond)
