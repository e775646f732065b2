"""`python -m fieldapp`: the same as the command `fieldapp`."""

import sys

if __name__ == "__main__":
    try:
        from fieldapp.cli import main
    except KeyboardInterrupt:
        # Stopped while everything was still being loaded.
        sys.exit(130)
    main()
