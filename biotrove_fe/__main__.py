"`python -m biotrove_fe` is `biotrove-fe`."
import sys

from biotrove_fe.cli import main

if __name__ == "__main__": sys.exit(main())
