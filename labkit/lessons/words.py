"""The words of the lessons' own displays, in English; ``catalogue`` has them in other languages."""

from collections.abc import Iterator

from labkit.lessons import prices

WORDS = {
    "prediction": "Predict first",
    "kept": "Kept: ({letter}). Run on to see.",
    "no_answer_yet": "Choose one. Nothing waits for it: the notebook runs either way.",
    "how_to_predict": 'No buttons here? Answer with lesson.predict("{id}", "a").',
    "you_said": "You said ({letter}): {text}",
    "said_nothing": "You made no prediction this time.",
    "it_was": "It was ({letter}): {text}",
    "right_prediction": "As you said.",
    "other_prediction": "Not as you said, which is when one learns most.",
    "nothing_to_reveal": "The experiment has not been run yet: run the cells above, then this one again.",
    "passed": "Passed",
    "not_yet": "Not yet",
    "no_lab": "No lab is open: run the cell with labkit.start first.",
    "aws_answered": "AWS answered: {words}",
    "not_reached": "Nothing answered at the address asked: {words}",
    "hint": "Hint {number} of {count}",
    "more_hints": 'Need a hint? lesson.hint("{id}") gives one more each time.',
    "no_more_hints": "That was the last hint: it is the answer.",
    "quiz": "Quiz",
    "question": "Question {number} of {count}",
    "right": "Right",
    "not_right": "Not quite",
    "how_to_answer": 'No buttons here? Answer with lesson.quiz("{id}", "a").',
    "answers": "Answers with their reasons",
    "lesson": "Lesson",
    "minutes": "Minutes",
    "predictions": "Predictions",
    "exercises": "Exercises",
    "done_of": "{done} of {count}",
    "progress": "Your progress",
    "kept_in": "Kept in {path}. Delete this file to begin anew.",
    "not_kept": "Nothing is kept: the environment variable LABKIT_PROGRESS is empty.",
    "on_aws": "The same on AWS",
    "what": "What",
    "how_much": "How much",
    "price": "Price",
    "cost": "Cost",
    "total": "Together",
    "instance_hours": "EC2 {type}, running",
    "address_hours": "public IPv4 addresses",
    "disk_hours": "their disks (EBS gp3, {gigabytes} GB each)",
    "balancer_hours": "Application Load Balancers",
    "deployments": "CodeDeploy deployments to EC2",
    "free": "free",
    "hours": "{hours} h",
    "an_hour": "{price} USD an hour",
    "duration_minutes": "{minutes} min",
    "duration_hours": "{hours} h {minutes} min",
    "took": "On AWS the lesson so far would have taken {lesson} of waiting, after {stage} for what the stage prepared.",
    "price_region": prices.REGION,
    "price_date": prices.AS_OF,
    "small_print": (
        "On-demand prices without tax in {region}, from AWS's price pages as of {date}; by the second, without the "
        "free tier, the traffic, and the load balancers' own addresses and capacity units (LCU)."
    ),
    "left_on": "Left running for a month, this would cost {cost} USD: delete what you no longer need.",
}


def strings() -> Iterator[str]:
    """All of them, to be translated."""
    yield from WORDS.values()
