"""XML as a stream of calls; no tree is kept, and nothing is declared or expanded."""

from collections.abc import Iterable, Iterator
from xml.parsers import expat

from services.ingest.refusal import FileBroken


class XmlReader:
    """What is called while a document is read; names are without their prefixes."""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; its attributes' names are as they are written."""

    def say(self, text: str) -> None:
        """A piece of text."""

    def end(self, name: str) -> None:
        """An element ends."""


def read_xml(blocks: Iterable[bytes], reader: XmlReader) -> Iterator[None]:
    """Calls the reader; yields after each block.

    Raises:
        FileBroken: it is no XML, or has declarations of its own, of entities or anything else.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    begin, end = reader.begin, reader.end
    parser.StartElementHandler = lambda name, attributes: begin(local_name(name), attributes)
    parser.EndElementHandler = lambda name: end(local_name(name))
    parser.CharacterDataHandler = reader.say
    parser.StartDoctypeDeclHandler = _refuse
    try:
        for block in blocks:
            parser.Parse(block)
            yield
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise FileBroken("its XML is damaged: open it in Excel and save it again") from error
    yield


def local_name(name: str) -> str:
    """The name without its prefix."""
    return name if ":" not in name else name.rpartition(":")[2]


def _refuse(*_: object) -> None:
    raise FileBroken("its XML declares a document type, as no program that saves tables does: save it as CSV")
