"""Run the command as ``python -m pointes.cli``."""

from pointes.cli import main

if __name__ == "__main__":
    main()
