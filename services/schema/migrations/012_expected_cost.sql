-- What a file is expected to cost is said before its rows are labelled.

ALTER TABLE execution ADD COLUMN expected_cost DECIMAL(14,6) NULL
    COMMENT 'US dollars, by estimate from the beginning of the file' AFTER estimated_cost;
