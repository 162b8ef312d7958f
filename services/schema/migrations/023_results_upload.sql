-- results.csv of a large execution is written by several invocations, each from where the last one ended.

CREATE TABLE IF NOT EXISTS results_upload (
    execution_id  VARCHAR(80)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    revision      INT UNSIGNED  NOT NULL COMMENT 'of the execution, whose rows are written',
    upload_id     VARCHAR(1024) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'S3''s, of the multipart upload',
    slice         INT UNSIGNED  NOT NULL COMMENT 'the next one',
    parts         MEDIUMTEXT    NOT NULL COMMENT 'JSON: the tags of the parts, in their order',
    place         VARCHAR(100)  NULL COMMENT 'JSON: the last row that is in them; null: all are',
    created_time  DATETIME(3)   NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
