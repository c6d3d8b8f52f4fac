"""What a raw response amounts to: refused, asked, answered; offline and explainable."""
