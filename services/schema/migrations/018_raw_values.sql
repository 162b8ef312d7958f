-- What stood in a file where a date, a rating or another optional value could not be read.

ALTER TABLE customer_feedback ADD COLUMN raw_values JSON NULL
    COMMENT 'by field: values that could not be read, ratings of another scale';
