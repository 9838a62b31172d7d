"""Writing results: a line a frame (JSONL), a row a face (CSV, Parquet), annotated pictures and videos."""
