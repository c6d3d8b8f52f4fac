"""How step 2 scores many files: in ranges of lines, on the cores of this machine or of a cluster."""
