"""Reading a shell script command by command (bash's manual, "Shell Commands", "Redirections")."""

import re
from dataclasses import dataclass, field

from labkit.world.shell.words import ARITHMETIC_ID, NotUnderstoodError, Words

MAX_NESTING = 100
"""Substitutions within substitutions; deeper ones are left to bash."""

_OPENING = {"if": "fi", "while": "done", "until": "done", "for": "done", "select": "done", "{": "}"}
_CONTINUING = frozenset({"then", "else", "elif", "do", "!", "time"})
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\[[^]]*\])?\+?=")
_REDIRECT = re.compile(r"(?P<fd>[0-9]*)(?P<operator>&>>|&>|<<<|<<-|<<|<>|<&|>&|>>|>\||[<>](?!\())")
_PARENTHESES = re.compile(r"\s*\(\s*\)")
_STARTS_PROGRAM = re.compile(r"[ \t]+(?![0-9]*[<>]|[&;|#)\n-])\S")


@dataclass
class _Frame:
    """A compound command being read. ``start``: where in the output its present list begins.

    ``streams``: where descriptors 1 and 2 of its present command lead: to stream 1 or 2, or elsewhere (None).
    """

    closing: str
    start: int
    streams: dict[str, str | None] = field(default_factory=lambda: {"1": "1", "2": "2"})

    def command_ends(self) -> None:
        """The next command has its own redirections."""
        self.streams = {"1": "1", "2": "2"}


class Reader(Words):
    """Makes a script ready. ``known``: the names of commands that bash itself answers as it should."""

    def __init__(self, text: str, known: frozenset[str]) -> None:
        super().__init__(text)
        self.lines: dict[str, int] = {}
        self._known = known
        self._nesting = 0

    def read(self) -> str:
        """The script, made ready. Raises ``NotUnderstoodError``; ``lines`` then holds what was read until there."""
        self.commands("")
        if self.at < len(self.text):
            raise NotUnderstoodError
        return "".join(self.out)

    def commands(self, closing: str) -> None:
        """Reads commands up to ``closing`` (left unread) or the end."""
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise NotUnderstoodError
        frames = [_Frame(closing, self.mark())]
        command = True
        while self.at < len(self.text):
            here = self.text[self.at]
            if self._skipped(here):
                continue
            if here == closing and len(frames) == 1:
                break
            if here in "\n;&|()" and not self.text.startswith("&>", self.at):
                command = self._operator(frames, command=command)
            elif self._redirection(frames[-1]):
                continue
            elif command:
                command = self._command_word(frames)
            else:
                self.word()
        if len(frames) > 1 or (closing and self.at >= len(self.text)):
            raise NotUnderstoodError
        self._nesting -= 1

    def _skipped(self, here: str) -> bool:
        """Copies a blank, a continued line's end or a comment; whether there was one."""
        if here in " \t\r":
            self.take(1)
        elif self.text.startswith("\\\n", self.at):
            self.take(2)
        elif here == "#":
            self.comment()
        else:
            return False
        return True

    def _operator(self, frames: list[_Frame], *, command: bool) -> bool:
        """Reads one operator; the answer says whether a command word may follow."""
        top = frames[-1]
        two = self.text[self.at : self.at + 2]
        if two in {"&&", "||", "|&"}:
            self.take(2)
        elif two == ";;":
            if frames[-1].closing != "esac":
                raise NotUnderstoodError
            self.take(2)
            if self.text.startswith("&", self.at):
                self.take(1)
            self._case_pattern(frames)
            return True
        elif two == "((" and command:
            self.arithmetic()
            return False
        elif two[0] == "|":
            self.take(1)
        elif two[0] == "(":
            return self._parenthesis(frames, command=command)
        elif two[0] == ")":
            self._close(frames, ")")
            return False
        else:
            self._separator(top, two[0])
            return True
        top.command_ends()
        return True

    def _separator(self, top: _Frame, sign: str) -> None:
        if sign == "&":
            held = "".join(sorted({stream for stream in top.streams.values() if stream})) or "-"
            self.out[top.start] = f" __child begin {held}; if ( "
            self.at += 1
            # A condition, because the child's exit code must not trip over the parent's `set -e`.
            self.out.append(" ); then __child end 0; else __child end $?; fi;")
            if re.compile(r"[ \t]*;(?!;)").match(self.text, self.at):
                raise NotUnderstoodError
        else:
            self.take(1)
            if sign == "\n":
                self._here_documents()
        top.start = self.mark()
        top.command_ends()

    def _parenthesis(self, frames: list[_Frame], *, command: bool) -> bool:
        if not command:  # a function's name stood before it
            end = _PARENTHESES.match(self.text, self.at)
            if end is None:
                raise NotUnderstoodError
            self.take(end.end() - self.at)
            return True
        self.take(1)
        frames.append(_Frame(")", self.mark()))
        return True

    def _close(self, frames: list[_Frame], word: str) -> None:
        if len(frames) == 1 or frames[-1].closing != word:
            raise NotUnderstoodError
        self.take(len(word))
        frames.pop()
        frames[-1].command_ends()

    def _command_word(self, frames: list[_Frame]) -> bool:
        """Reads the word in a command's place; the answer says whether another may follow in its place."""
        raw = self._peek_word()
        if raw in _OPENING:
            return self._open(frames, raw)
        if raw in {"}", "fi", "done", "esac"}:
            self._close(frames, raw)
            return False
        if raw in _CONTINUING:
            self.take(len(raw))
            if raw not in {"!", "time"}:
                frames[-1].start = self.mark()
            return True
        if raw in {"case", "function"}:
            self._case(frames) if raw == "case" else self._function()
            return True
        if raw == "[[":
            self._test()
            return False
        return self._simple_command()

    def _simple_command(self) -> bool:
        """Reads the name of a command, or an assignment before it; the answer says whether a name may follow."""
        place = self.mark()
        line = self.text.count("\n", 0, self.at) + 1
        word = self.word()
        if _ASSIGNMENT.match(word):
            return True
        self.lines.setdefault(word, line)
        if word == "exec" and _STARTS_PROGRAM.match(self.text, self.at):
            self.out[place + 1 :] = ["__replace"]
        elif not _PARENTHESES.match(self.text, self.at):
            self.out[place] = self._way(word)
        return False

    def _way(self, word: str) -> str:
        """What has to stand before a command's name."""
        if "/" in word or word in {"$0", '"$0"'}:
            return "__exec "
        if "$" in word or "`" in word:
            return "__run "
        return "" if word in self._known else "__call "

    def _open(self, frames: list[_Frame], raw: str) -> bool:
        self.take(len(raw))
        frames.append(_Frame(_OPENING[raw], self.mark()))
        if raw not in {"for", "select"}:
            return True
        self.blanks()
        if self.text.startswith("((", self.at):
            self.arithmetic()
        return False

    def _function(self) -> None:
        self.take(len("function"))
        self.blanks()
        self.word()
        parentheses = _PARENTHESES.match(self.text, self.at)
        if parentheses:
            self.take(parentheses.end() - self.at)

    def _peek_word(self) -> str:
        found = re.compile(r"(?:[A-Za-z_!{}\[]+)(?=[\s;&|()<>]|$)").match(self.text, self.at)
        return found[0] if found else ""

    def _test(self) -> None:
        """Copies ``[[ … ]]``, where ``&&``, ``<`` and parentheses are no operators of the shell."""
        self.take(2)
        while self.at < len(self.text):
            here = self.text[self.at]
            if self.text.startswith("]]", self.at) and self.text[self.at - 1].isspace():
                self.take(2)
                return
            bare = ARITHMETIC_ID.match(self.text, self.at)
            if bare:
                self.out.append("${__uid}")
                self.at = bare.end()
            elif here in "'\"\\$`":
                self.piece(here)
            else:
                self.take(1)
        raise NotUnderstoodError

    def _case(self, frames: list[_Frame]) -> None:
        self.take(len("case"))
        self.blanks()
        self.word()
        self.blanks()
        if not re.compile(r"in(?=\s)").match(self.text, self.at):
            raise NotUnderstoodError
        self.take(2)
        frames.append(_Frame("esac", self.mark()))
        self._case_pattern(frames)

    def _case_pattern(self, frames: list[_Frame]) -> None:
        """Copies the next pattern with its parenthesis, or stands before ``esac``."""
        while self.at < len(self.text):
            self.blanks()
            if re.compile(r"esac(?=[\s;&|)]|$)").match(self.text, self.at):
                break
            here = self.text[self.at : self.at + 1]
            if here == "#":
                self.comment()
            elif here == ")":
                self.take(1)
                break
            elif here in {"(", "|"}:
                self.take(1)
            elif here:
                self.word()
        frames[-1].start = self.mark()

    def _redirection(self, top: _Frame) -> bool:
        found = _REDIRECT.match(self.text, self.at)
        if found is None:
            return False
        self.take(found.end() - self.at)
        operator, fd = found["operator"], found["fd"]
        self.blanks(newlines=False)
        if operator in {"<<", "<<-"}:
            self._document(strip_tabs=operator == "<<-")
            return True
        target = self.word()
        if operator.startswith("&>") or (operator == ">&" and not fd and not target.isdigit()):
            top.streams = {"1": None, "2": None}
        elif operator == ">&":
            top.streams[fd or "1"] = top.streams.get(target)
        elif operator.startswith(">"):
            top.streams[fd or "1"] = None
        return True

    def _document(self, *, strip_tabs: bool) -> None:
        word = self.word()
        quoted = any(sign in word for sign in "'\"\\")
        self.documents.append((re.sub(r"['\"\\]", "", word), strip_tabs, quoted))

    def _here_documents(self) -> None:
        documents, self.documents = self.documents, []
        for delimiter, strip_tabs, quoted in documents:
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                line = self.text[self.at : end if end >= 0 else len(self.text)]
                if (line.lstrip("\t") if strip_tabs else line) == delimiter:
                    self.take(len(line) + (end >= 0))
                    break
                self._document_line(len(line) + (end >= 0), quoted=quoted)

    def _document_line(self, length: int, *, quoted: bool) -> None:
        line = self.text[self.at : self.at + length]
        self.at += length
        if not quoted:
            line = re.sub(r"(?<!\\)\$\$", "${__pid}", re.sub(r"(?<!\\)\$\{?E?UID\b\}?", "${__uid}", line))
        self.out.append(line)
