-- results.csv may be written as Parquet besides: an upload of its own, whose parts have the same rows.

ALTER TABLE results_upload ADD COLUMN parquet MEDIUMTEXT NULL
    COMMENT 'JSON: S3''s id of the other upload, the tags of its parts, the sizes of its row groups';
