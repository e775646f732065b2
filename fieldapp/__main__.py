"""`python -m fieldapp`: the same as the command `fieldapp`."""

import signal

if __name__ == "__main__":
    # Stopped while everything is still being loaded, end without a word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from fieldapp.cli import main

    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
