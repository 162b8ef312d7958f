-- A decision about a category changes its rows batch by batch, however many they are.

ALTER TABLE curation ADD COLUMN plan JSON NULL COMMENT 'which rows change, and how; null: none do';

ALTER TABLE curation ADD COLUMN pending VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NULL
    COMMENT 'forward or backward while rows are still to be changed';

ALTER TABLE curation ADD COLUMN through BIGINT UNSIGNED NOT NULL DEFAULT 0
    COMMENT 'the row up to which they are changed';

ALTER TABLE curation ADD KEY curation_by_pending (pending, id);

CREATE TABLE IF NOT EXISTS curation_execution (
    curation_id    BIGINT UNSIGNED NOT NULL,
    execution_id   VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                   COMMENT 'to be revised when the last row is changed',
    PRIMARY KEY (curation_id, execution_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
