"""Which items are asked: deterministic, stratified, nested samples."""
