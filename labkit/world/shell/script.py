"""What a script has to be told before bashkit runs it: where its background children are, and who it is.

bashkit runs ``command &`` at once and in the foreground, numbers every process 1 and every user 1000. So a script is
read once, command by command, and only these places are changed, all within their line:

- ``list &`` is put between two calls of ``__child``, which give the child a timeline of its own;
- ``$$``, ``$!``, ``$0``, ``$PPID``, ``$UID`` and ``$EUID`` become variables that hold the lab's values;
- a command named by a path goes through ``__exec``, which knows what stands there; one named by a variable through
  ``__run``, which does the same when it turns out to be a path; ``exec program`` through ``__replace``; a name that
  bash does not know through ``__call``, because it may be a function and bashkit's complaint is not bash's;
- ``exec > >(tee FILE)``, the usual way to keep a log of user data, becomes ``exec > FILE``.

The texts of ``eval`` and of sourced files are read in the same way when they are met. Left as they are, and therefore
simplified: traps, and command substitutions in here-documents and backquotes; within a background child ``set -e`` does not end it. A script that does not follow bash's grammar is left alone: bash itself says what is wrong.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

PARAMETERS = {"$": "__pid", "0": "__argv0", "UID": "__uid", "EUID": "__uid", "PPID": "__ppid"}
"""Parameters that the lab answers, and the shell variable that holds the answer."""

MAX_NESTING = 100
"""Substitutions within substitutions; deeper ones are left to bash."""

_OPENING = {"if": "fi", "while": "done", "until": "done", "for": "done", "select": "done", "{": "}"}
_CONTINUING = frozenset({"then", "else", "elif", "do", "!", "time"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9$!?#@*-]")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\[[^]]*\])?\+?=")
_REDIRECT = re.compile(r"(?P<fd>[0-9]*)(?P<operator>&>>|&>|<<<|<<-|<<|<>|<&|>&|>>|>\||[<>](?!\())")
_TEE = re.compile(r"""^(\s*exec\s+)(1?>)\s*>\(\s*(?:sudo\s+)?tee\s+(-a\s+)?([^\s|;&)]+)[^)]*\)""", re.MULTILINE)
_PARENTHESES = re.compile(r"\s*\(\s*\)")
_STARTS_PROGRAM = re.compile(r"[ \t]+(?![0-9]*[<>]|[&;|#)\n-])\S")
_ARITHMETIC_ID = re.compile(r"(?<![\w$])E?UID(?![\w=])")


class NotUnderstoodError(ValueError):
    """The text does not follow the part of bash's grammar that is read here."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script made ready. ``lines``: the first line on which each literal command stands."""

    text: str
    lines: dict[str, int] = field(default_factory=dict)


@lru_cache(maxsize=512)
def prepare(text: str, known: frozenset[str]) -> Script:
    """``text`` with the places above changed; the text itself where it cannot be understood.

    ``known``: the names that bash itself answers as it should; every other one goes through ``__call``.
    """
    plain = _TEE.sub(lambda found: f"{found[1]}{'>>' if found[3] else '>'} {found[4]}", text)
    try:
        return _Reader(plain, known).read()
    except NotUnderstoodError:
        return Script(plain)


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


class _Reader:
    def __init__(self, text: str, known: frozenset[str]) -> None:
        self._text = text
        self._known = known
        self._at = 0
        self._out: list[str] = []
        self._lines: dict[str, int] = {}
        self._documents: list[tuple[str, bool, bool]] = []
        self._nesting = 0

    def read(self) -> Script:
        self._list("")
        if self._at < len(self._text):
            raise NotUnderstoodError
        return Script("".join(self._out), self._lines)

    # --- lists of commands ---------------------------------------------------------------------

    def _list(self, closing: str) -> None:
        """Reads commands up to ``closing`` (left unread) or the end."""
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise NotUnderstoodError
        frames = [_Frame(closing, self._mark())]
        command = True
        while self._at < len(self._text):
            here = self._text[self._at]
            if here in " \t\r":
                self._take(1)
            elif self._text.startswith("\\\n", self._at):
                self._take(2)
            elif here == "#":
                self._comment()
            elif here == closing and len(frames) == 1:
                break
            elif here in "\n;&|()" and not self._text.startswith("&>", self._at):
                command = self._operator(frames, command=command)
            elif self._redirection(frames[-1]):
                pass
            elif command:
                command = self._command_word(frames)
            else:
                self._word()
        if len(frames) > 1 or (closing and self._at >= len(self._text)):
            raise NotUnderstoodError
        self._nesting -= 1

    def _operator(self, frames: list[_Frame], *, command: bool) -> bool:
        """Reads one operator; the answer says whether a command word may follow."""
        top = frames[-1]
        two = self._text[self._at : self._at + 2]
        if two in {"&&", "||", "|&"}:
            self._take(2)
        elif two == ";;":
            self._take(2)
            if self._text.startswith("&", self._at):
                self._take(1)
            self._case_pattern(frames)
            return True
        elif two == "((" and command:
            self._arithmetic()
            return False
        elif two[0] == "|":
            self._take(1)
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
            self._out[top.start] = f" __child begin {held}; if ( "
            self._at += 1
            # A condition, because the child's exit code must not trip over the parent's `set -e`.
            self._out.append(" ); then __child end 0; else __child end $?; fi;")
            if re.compile(r"[ \t]*;(?!;)").match(self._text, self._at):
                raise NotUnderstoodError
        else:
            self._take(1)
            if sign == "\n":
                self._here_documents()
        top.start = self._mark()
        top.command_ends()

    def _parenthesis(self, frames: list[_Frame], *, command: bool) -> bool:
        if not command:  # a function's name stood before it
            end = _PARENTHESES.match(self._text, self._at)
            if end is None:
                raise NotUnderstoodError
            self._take(end.end() - self._at)
            return True
        self._take(1)
        frames.append(_Frame(")", self._mark()))
        return True

    def _close(self, frames: list[_Frame], word: str) -> None:
        if len(frames) == 1 or frames[-1].closing != word:
            raise NotUnderstoodError
        self._take(len(word))
        frames.pop()
        frames[-1].command_ends()

    # --- words ---------------------------------------------------------------------------------

    def _command_word(self, frames: list[_Frame]) -> bool:
        """Reads the word in a command's place; the answer says whether another may follow in its place."""
        place = self._mark()
        line = self._text.count("\n", 0, self._at) + 1
        raw = self._peek_word()
        if raw in _OPENING:
            return self._open(frames, raw)
        if raw in {"}", "fi", "done", "esac"}:
            self._close(frames, raw)
            return False
        if raw in _CONTINUING:
            self._take(len(raw))
            if raw not in {"!", "time"}:
                frames[-1].start = self._mark()
            return True
        if raw == "case":
            self._case(frames)
            return True
        if raw == "[[":
            self._test()
            return False
        if raw == "function":
            self._function()
            return True
        word = self._word()
        if _ASSIGNMENT.match(word):
            return True
        self._lines.setdefault(word, line)
        if word == "exec" and _STARTS_PROGRAM.match(self._text, self._at):
            self._out[place + 1 :] = ["__replace"]
        elif not _PARENTHESES.match(self._text, self._at):
            self._out[place] = self._way(word)
        return False

    def _way(self, word: str) -> str:
        """What has to stand before a command's name."""
        if "/" in word or word in {"$0", '"$0"'}:
            return "__exec "
        if "$" in word or "`" in word:
            return "__run "
        return "" if word in self._known else "__call "

    def _open(self, frames: list[_Frame], raw: str) -> bool:
        self._take(len(raw))
        frames.append(_Frame(_OPENING[raw], self._mark()))
        if raw not in {"for", "select"}:
            return True
        self._blanks()
        if self._text.startswith("((", self._at):
            self._arithmetic()
        return False

    def _function(self) -> None:
        self._take(len("function"))
        self._blanks()
        self._word()
        parentheses = _PARENTHESES.match(self._text, self._at)
        if parentheses:
            self._take(parentheses.end() - self._at)

    def _peek_word(self) -> str:
        found = re.compile(r"(?:[A-Za-z_!{}\[]+)(?=[\s;&|()<>]|$)").match(self._text, self._at)
        return found[0] if found else ""

    def _word(self) -> str:
        """Reads one word; returns it as written."""
        begin = self._at
        while self._at < len(self._text):
            here = self._text[self._at]
            if here in " \t\r\n;&|":
                break
            if here in "()":
                if here == "(" and self._text[self._at - 1] == "=" and self._at > begin:
                    self._array()
                    continue
                if here == "(" and self._text[self._at - 1] in "@?*+!" and self._at > begin:
                    self._skip_balanced()
                    continue
                break
            if here in "<>":
                if not self._text.startswith("(", self._at + 1):
                    break
                self._take(1)
                self._substitution(1)
            else:
                self._piece(here)
        if self._at == begin:
            raise NotUnderstoodError
        return self._text[begin : self._at]

    def _piece(self, here: str) -> None:
        if here == "'":
            self._until("'")
        elif here == '"':
            self._double_quoted()
        elif here == "\\":
            self._take(2)
        elif here == "$":
            self._dollar()
        elif here == "`":
            self._backquoted()
        else:
            self._take(1)

    def _double_quoted(self) -> None:
        self._take(1)
        while self._at < len(self._text):
            here = self._text[self._at]
            if here == '"':
                self._take(1)
                return
            self._take(1) if here == "'" else self._piece(here)
        raise NotUnderstoodError

    def _dollar(self) -> None:
        following = self._text[self._at + 1 : self._at + 3]
        if following.startswith("'"):
            self._ansi_quoted()
        elif following == "((":
            self._arithmetic()
        elif following.startswith("("):
            self._substitution(2)
        elif following.startswith("{"):
            self._braces()
        else:
            name = _NAME.match(self._text, self._at + 1)
            self._parameter("$", name[0] if name else "")

    def _parameter(self, before: str, name: str) -> None:
        if name == "!" and before == "$":
            self._out.append("$(__child last)")
            self._at += len("$!")
        elif name in PARAMETERS:
            self._out.append(f"${{{PARAMETERS[name]}" + ("}" if before == "$" else ""))
            self._at += len(before) + len(name)
        else:
            self._take(len(before) + len(name))

    def _braces(self) -> None:
        name = _NAME.match(self._text, self._at + 2)
        self._parameter("${", name[0] if name and name[0] in PARAMETERS else "")
        while self._at < len(self._text):
            here = self._text[self._at]
            if here == "}":
                self._take(1)
                return
            self._piece(here)
        raise NotUnderstoodError

    def _substitution(self, opening: int) -> None:
        """Reads ``$( … )`` or ``<( … )``, whose opening is ``opening`` characters long."""
        self._take(opening)
        waiting, self._documents = self._documents, []
        self._list(")")
        self._take(1)
        self._documents = waiting

    def _backquoted(self) -> None:
        end = re.compile(r"`(?:[^`\\]|\\.)*`", re.DOTALL).match(self._text, self._at)
        if end is None:
            raise NotUnderstoodError
        self._take(end.end() - self._at)

    def _ansi_quoted(self) -> None:
        end = re.compile(r"\$'(?:[^'\\]|\\.)*'", re.DOTALL).match(self._text, self._at)
        if end is None:
            raise NotUnderstoodError
        self._take(end.end() - self._at)

    def _array(self) -> None:
        self._take(1)
        while self._at < len(self._text):
            here = self._text[self._at]
            if here == ")":
                self._take(1)
                return
            if here.isspace():
                self._take(1)
            elif here == "#":
                self._comment()
            else:
                self._word()
        raise NotUnderstoodError

    # --- what is copied nearly as it is --------------------------------------------------------

    def _arithmetic(self) -> None:
        begin = self._at
        self._skip_balanced()
        text = self._text[begin : self._at]
        self._out[-1] = _ARITHMETIC_ID.sub("__uid", text.replace("$EUID", "EUID").replace("$UID", "UID"))

    def _skip_balanced(self) -> None:
        depth, begin = 0, self._at
        while self._at < len(self._text):
            here = self._text[self._at]
            depth += (here == "(") - (here == ")")
            self._at += 1
            if here == ")" and depth == 0:
                self._out.append(self._text[begin : self._at])
                return
        raise NotUnderstoodError

    def _test(self) -> None:
        """Copies ``[[ … ]]``, where ``&&``, ``<`` and parentheses are no operators of the shell."""
        self._take(2)
        while self._at < len(self._text):
            here = self._text[self._at]
            if self._text.startswith("]]", self._at) and self._text[self._at - 1].isspace():
                self._take(2)
                return
            bare = _ARITHMETIC_ID.match(self._text, self._at)
            if bare:
                self._out.append("${__uid}")
                self._at = bare.end()
            elif here in "'\"\\$`":
                self._piece(here)
            else:
                self._take(1)
        raise NotUnderstoodError

    def _case(self, frames: list[_Frame]) -> None:
        self._take(len("case"))
        self._blanks()
        self._word()
        self._blanks()
        if not re.compile(r"in(?=\s)").match(self._text, self._at):
            raise NotUnderstoodError
        self._take(2)
        frames.append(_Frame("esac", self._mark()))
        self._case_pattern(frames)

    def _case_pattern(self, frames: list[_Frame]) -> None:
        """Copies the next pattern with its parenthesis, or stands before ``esac``."""
        while self._at < len(self._text):
            self._blanks()
            if re.compile(r"esac(?=[\s;&|)]|$)").match(self._text, self._at):
                break
            here = self._text[self._at : self._at + 1]
            if here == "#":
                self._comment()
            elif here == ")":
                self._take(1)
                break
            elif here in {"(", "|"}:
                self._take(1)
            elif here:
                self._word()
        frames[-1].start = self._mark()

    def _redirection(self, top: _Frame) -> bool:
        found = _REDIRECT.match(self._text, self._at)
        if found is None:
            return False
        self._take(found.end() - self._at)
        operator, fd = found["operator"], found["fd"]
        self._blanks(newlines=False)
        if operator in {"<<", "<<-"}:
            self._document(strip_tabs=operator == "<<-")
            return True
        target = self._word()
        if operator.startswith("&>") or (operator == ">&" and not fd and not target.isdigit()):
            top.streams = {"1": None, "2": None}
        elif operator == ">&":
            top.streams[fd or "1"] = top.streams.get(target)
        elif operator.startswith(">"):
            top.streams[fd or "1"] = None
        return True

    def _document(self, *, strip_tabs: bool) -> None:
        word = self._word()
        quoted = any(sign in word for sign in "'\"\\")
        self._documents.append((re.sub(r"['\"\\]", "", word), strip_tabs, quoted))

    def _here_documents(self) -> None:
        documents, self._documents = self._documents, []
        for delimiter, strip_tabs, quoted in documents:
            while self._at < len(self._text):
                end = self._text.find("\n", self._at)
                line = self._text[self._at : end if end >= 0 else len(self._text)]
                if (line.lstrip("\t") if strip_tabs else line) == delimiter:
                    self._take(len(line) + (end >= 0))
                    break
                self._document_line(len(line) + (end >= 0), quoted=quoted)

    def _document_line(self, length: int, *, quoted: bool) -> None:
        line = self._text[self._at : self._at + length]
        self._at += length
        if not quoted:
            line = re.sub(r"(?<!\\)\$\$", "${__pid}", re.sub(r"(?<!\\)\$\{?E?UID\b\}?", "${__uid}", line))
        self._out.append(line)

    # --- small steps ---------------------------------------------------------------------------

    def _mark(self) -> int:
        """A place in the output that can be filled later."""
        self._out.append("")
        return len(self._out) - 1

    def _take(self, count: int) -> None:
        self._out.append(self._text[self._at : self._at + count])
        self._at += count

    def _until(self, sign: str) -> None:
        end = self._text.find(sign, self._at + 1)
        if end < 0:
            raise NotUnderstoodError
        self._take(end + 1 - self._at)

    def _comment(self) -> None:
        end = self._text.find("\n", self._at)
        self._take((end if end >= 0 else len(self._text)) - self._at)

    def _blanks(self, *, newlines: bool = True) -> None:
        blank = re.compile(r"(?:\\\n|[ \t\r\n])*" if newlines else r"(?:\\\n|[ \t])*").match(self._text, self._at)
        if blank:
            self._take(blank.end() - self._at)
