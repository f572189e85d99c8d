"""An explanation in another language: its sentences; AWS's words, quotations and commands are what they were."""

from dataclasses import replace

from labkit.explain.chain import Evidence, Explanation, Link
from labkit.explain.sentence import Sentence, Translate, in_words, verbatim


def translated(explanation: Explanation, translate: Translate) -> Explanation:
    """The explanation as ``translate`` says it, with what is also wrong."""

    def words(sentence: Sentence) -> Sentence:
        return verbatim(in_words(sentence, translate))

    def evidence(one: Evidence) -> Evidence:
        note = None if one.note is None else words(one.note)
        return replace(one, where=in_words(one.where, translate), note=note)

    def link(one: Link) -> Link:
        return replace(one, says=words(one.says), evidence=tuple(map(evidence, one.evidence)))

    return replace(
        explanation,
        title=words(explanation.title),
        links=tuple(map(link, explanation.links)),
        fix=words(explanation.fix),
        question=None if explanation.question is None else words(explanation.question),
        others=tuple(translated(other, translate) for other in explanation.others),
    )
