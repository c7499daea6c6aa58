"""The numbers and amounts of a certificate again: by the recorded path, and by the second route."""
