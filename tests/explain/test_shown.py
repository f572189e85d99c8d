"""An explanation as text and as HTML: what a person and a screen reader get."""

from html.parser import HTMLParser

from labkit.explain.answer import Answer
from labkit.explain.chain import Evidence, Explanation, Link
from labkit.explain.sentence import said

OTHER = Explanation(said("Something else"), "", (Link("other", said("It is <else>.")),), said("Mend it too."))
ANSWER = Answer(
    Explanation(
        title=said("Why d-1 failed"),
        aws_says="Too <many> failed.\nAnother sentence.",
        links=(
            Link("deployment-failed", said("It failed."), (Evidence("GetDeployment → status", "Failed", "call()"),)),
            Link("script-failing", said("The script says no."), (Evidence("the script", "", "cat a.sh", on="i-1"),)),
        ),
        fix=said("Mend the script & commit it."),
        fix_command="git commit",
        question=said("Was it always so?"),
        others=(OTHER,),
    )
)


def test_text_has_awss_words_first_then_the_chain_the_fix_and_the_question() -> None:
    assert repr(ANSWER) == (
        "Why d-1 failed\n"
        "\n"
        "AWS says:\n"
        "    Too <many> failed.\n"
        "    Another sentence.\n"
        "\n"
        "From what one sees to the cause:\n"
        "1. It failed.\n"
        "     GetDeployment → status: Failed\n"
        "       >>> call()\n"
        "2. The script says no.\n"
        "     the script\n"
        "       i-1$ cat a.sh\n"
        "\n"
        "Fix: Mend the script & commit it.\n"
        "    git commit\n"
        "\n"
        "To be sure, ask: Was it always so?\n"
        "\n"
        "Also wrong:\n"
        "  Something else\n"
        "\n"
        "  From what one sees to the cause:\n"
        "  1. It is <else>.\n"
        "\n"
        "  Fix: Mend it too."
    )


class Outline(HTMLParser):
    """Headings with their levels, the depth of every list item, and whether all elements are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.levels: list[int] = []
        self.items: list[int] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("role") == "heading":
            self.levels.append(int(given.get("aria-level") or 0))
        if tag == "li":
            self.items.append(sum(one in ("ol", "ul") for one in self.open))
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data.replace("\N{NO-BREAK SPACE}", " ")


def test_html_is_real_lists_under_headings_whose_levels_never_jump() -> None:
    outline = Outline()
    outline.feed(ANSWER._repr_html_())
    assert outline.open == []
    assert outline.items == [1, 2, 1, 2, 1]
    assert outline.levels[0] == 3
    assert all(later - earlier <= 1 for earlier, later in zip(outline.levels, outline.levels[1:], strict=False))


def test_html_says_what_the_text_says_and_lets_nothing_through_as_markup() -> None:
    outline = Outline()
    outline.feed(ANSWER._repr_html_())
    for words in ("Too <many> failed.", "It is <else>.", "Mend the script & commit it.", "i-1$ cat a.sh"):
        assert words in outline.words
        assert words in repr(ANSWER)


def test_an_answer_leads_to_its_parts() -> None:
    assert ANSWER.root_cause.id == "script-failing"
    assert [link.id for link in ANSWER.links] == ["deployment-failed", "script-failing"]
    assert [other.root_cause.id for other in ANSWER.others] == ["other"]
