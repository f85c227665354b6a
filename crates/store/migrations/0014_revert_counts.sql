-- How many instructions wait, and since when, is told to monitoring: without reading every row ever undone.
CREATE INDEX revert_rows_state ON revert_rows (state, wiki, changed_at);
