"""What can stop the story, in one sentence."""


class StoryError(Exception):
    """The story can't go on; the sentence says why and what to do."""

    exit_code = 4
