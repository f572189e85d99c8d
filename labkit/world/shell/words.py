"""Reading a shell script word by word: quotes, parameters, substitutions (bash's manual, "Shell Syntax", "Expansions").

What is read is copied to the output; the parameters that the lab answers are replaced on the way.
"""

import re
from abc import ABC, abstractmethod

PARAMETERS = {"$": "__pid", "0": "__argv0", "UID": "__uid", "EUID": "__uid", "PPID": "__ppid"}
"""Parameters that the lab answers, and the shell variable that holds the answer."""

ARITHMETIC_ID = re.compile(r"(?<![\w$])E?UID(?![\w=])")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9$!?#@*-]")


class NotUnderstoodError(ValueError):
    """The text does not follow the part of bash's grammar that is read here."""


class Words(ABC):
    """``text`` is read from ``at`` on; ``out`` is what has been read, changed where needed, in pieces."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.out: list[str] = []
        self.documents: list[tuple[str, bool, bool]] = []

    @abstractmethod
    def commands(self, closing: str) -> None:
        """Reads commands up to ``closing`` (left unread)."""

    def word(self) -> str:
        """Reads one word; returns it as written."""
        begin = self.at
        while self.at < len(self.text):
            here = self.text[self.at]
            if here in " \t\r\n;&|":
                break
            if here in "()":
                if here == "(" and self.text[self.at - 1] == "=" and self.at > begin:
                    self.array()
                    continue
                if here == "(" and self.text[self.at - 1] in "@?*+!" and self.at > begin:
                    self.skip_balanced()
                    continue
                break
            if here in "<>":
                if not self.text.startswith("(", self.at + 1):
                    break
                self.take(1)
                self.substitution(1)
            else:
                self.piece(here)
        if self.at == begin:
            raise NotUnderstoodError
        return self.text[begin : self.at]

    def piece(self, here: str) -> None:
        """Reads what ``here`` begins: a quotation, an expansion, or one letter."""
        if here == "'":
            self.until("'")
        elif here == '"':
            self.double_quoted()
        elif here == "\\":
            self.take(2)
        elif here == "$":
            self.dollar()
        elif here == "`":
            self.backquoted()
        else:
            self.take(1)

    def double_quoted(self) -> None:
        """Reads a quotation in which expansions work."""
        self.take(1)
        while self.at < len(self.text):
            here = self.text[self.at]
            if here == '"':
                self.take(1)
                return
            self.take(1) if here == "'" else self.piece(here)
        raise NotUnderstoodError

    def dollar(self) -> None:
        """Reads what a dollar sign begins."""
        following = self.text[self.at + 1 : self.at + 3]
        if following.startswith("'"):
            self.ansi_quoted()
        elif following == "((":
            self.arithmetic()
        elif following.startswith("("):
            self.substitution(2)
        elif following.startswith("{"):
            self.braces()
        else:
            name = _NAME.match(self.text, self.at + 1)
            self.parameter("$", name[0] if name else "")

    def parameter(self, before: str, name: str) -> None:
        """Reads a parameter's name; one that the lab answers becomes its variable."""
        if name == "!" and before == "$":
            self.out.append("$(__child last)")
            self.at += len("$!")
        elif name in PARAMETERS:
            self.out.append(f"${{{PARAMETERS[name]}" + ("}" if before == "$" else ""))
            self.at += len(before) + len(name)
        else:
            self.take(len(before) + len(name))

    def braces(self) -> None:
        """Reads ``${ … }``."""
        name = _NAME.match(self.text, self.at + 2)
        self.parameter("${", name[0] if name and name[0] in PARAMETERS else "")
        while self.at < len(self.text):
            here = self.text[self.at]
            if here == "}":
                self.take(1)
                return
            self.piece(here)
        raise NotUnderstoodError

    def substitution(self, opening: int) -> None:
        """Reads ``$( … )`` or ``<( … )``, whose opening is ``opening`` characters long."""
        self.take(opening)
        waiting, self.documents = self.documents, []
        self.commands(")")
        self.take(1)
        self.documents = waiting

    def backquoted(self) -> None:
        """Copies a substitution in backquotes."""
        end = re.compile(r"`(?:[^`\\]|\\.)*`", re.DOTALL).match(self.text, self.at)
        if end is None:
            raise NotUnderstoodError
        self.take(end.end() - self.at)

    def ansi_quoted(self) -> None:
        """Copies a quotation with escapes, which a dollar sign begins."""
        end = re.compile(r"\$'(?:[^'\\]|\\.)*'", re.DOTALL).match(self.text, self.at)
        if end is None:
            raise NotUnderstoodError
        self.take(end.end() - self.at)

    def array(self) -> None:
        """Reads the parentheses of ``name=( … )``."""
        self.take(1)
        while self.at < len(self.text):
            here = self.text[self.at]
            if here == ")":
                self.take(1)
                return
            if here.isspace():
                self.take(1)
            elif here == "#":
                self.comment()
            else:
                self.word()
        raise NotUnderstoodError

    def arithmetic(self) -> None:
        """Reads ``(( … ))`` or ``$(( … ))``, where a name alone is a variable."""
        begin = self.at
        self.skip_balanced()
        text = self.text[begin : self.at]
        self.out[-1] = ARITHMETIC_ID.sub("__uid", text.replace("$EUID", "EUID").replace("$UID", "UID"))

    def skip_balanced(self) -> None:
        """Copies up to the parenthesis that closes the first one met."""
        depth, begin = 0, self.at
        while self.at < len(self.text):
            here = self.text[self.at]
            depth += (here == "(") - (here == ")")
            self.at += 1
            if here == ")" and depth == 0:
                self.out.append(self.text[begin : self.at])
                return
        raise NotUnderstoodError

    def mark(self) -> int:
        """A place in the output that can be filled later."""
        self.out.append("")
        return len(self.out) - 1

    def take(self, count: int) -> None:
        """Copies so many letters."""
        self.out.append(self.text[self.at : self.at + count])
        self.at += count

    def until(self, sign: str) -> None:
        """Copies up to the next ``sign``, which must come."""
        end = self.text.find(sign, self.at + 1)
        if end < 0:
            raise NotUnderstoodError
        self.take(end + 1 - self.at)

    def comment(self) -> None:
        """Copies the rest of the line."""
        end = self.text.find("\n", self.at)
        self.take((end if end >= 0 else len(self.text)) - self.at)

    def blanks(self, *, newlines: bool = True) -> None:
        """Copies what separates words."""
        blank = re.compile(r"(?:\\\n|[ \t\r\n])*" if newlines else r"(?:\\\n|[ \t])*").match(self.text, self.at)
        if blank:
            self.take(blank.end() - self.at)
