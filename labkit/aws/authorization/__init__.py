"""What a call asks of IAM: request → actions, resources, condition keys. ``questions.questions`` is the way in."""
