"""Statistics, and the stages that write them."""
