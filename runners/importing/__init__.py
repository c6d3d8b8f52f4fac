"""Other programs' outputs as responses and items: one module for each format, none of which guesses."""
