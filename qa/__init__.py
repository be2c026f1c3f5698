from scripts import missing_packages

missing_packages.explain()
