"""What the Glue jobs of the lake share; see jobs/README.md."""
