"""`python -m device_probe` is the command line `device-probe`."""

from device_probe.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
