"""What `runners.verify` stands on: recomputing, comparing, checking the records of step 1, and bundles."""
