"""The names of the files of the EHR package, and of its folder among the documents of a build."""

FOLDER = "ehr"
BUILD_CSV, BUILD_WORKBOOK = "order-set-build.csv", "order-set-build.xlsx"
DOSE_CSV, DOSE_WORKBOOK = "dose-check.csv", "dose-check.xlsx"
COLLECTION, TRANSACTION = "bundle-collection.json", "bundle-transaction.json"
README, MANIFEST = "README-IMPORT.md", "manifest.json"
