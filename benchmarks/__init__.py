"""The items, and the tools that check them."""
