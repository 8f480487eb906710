"""`python -m wes_biomarkers`."""

from wes_biomarkers.cli.main import main

main()
