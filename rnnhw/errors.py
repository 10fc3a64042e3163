"""The one exception that means "the user's input cannot be used"."""


class RnnhwError(ValueError):
    """Input that rnnhw refuses: one line that says what, where and what is allowed.

    The command line prints the message and ends with exit code 2; everything else that is
    raised is a defect in rnnhw and keeps its traceback.
    """
