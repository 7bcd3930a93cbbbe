"""Which marketing action earned which revenue."""
