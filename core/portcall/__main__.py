"""``python -m portcall``."""

from portcall.cli import main

if __name__ == "__main__":
    main()
