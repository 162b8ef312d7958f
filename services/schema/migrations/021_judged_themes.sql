-- What discovery has judged is not paid for again; vectors that no discovery uses any more are deleted.

CREATE TABLE IF NOT EXISTS judged_theme (
    id                BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    profile           VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    execution_id      VARCHAR(80)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'whose discovery judged it',
    taxonomy_version  INT UNSIGNED NOT NULL COMMENT 'the verdict stands under this one',
    category_id       BIGINT UNSIGNED NULL COMMENT 'what it was taken for; null: mixed',
    `rows`            INT UNSIGNED NOT NULL COMMENT 'how many it had when it was judged',
    created_time      DATETIME(3)  NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

ALTER TABLE customer_feedback ADD COLUMN judged_theme BIGINT UNSIGNED NULL
    COMMENT 'the theme in which discovery had it judged last';

ALTER TABLE discovery_theme ADD COLUMN alike_ids MEDIUMTEXT NOT NULL DEFAULT ('[]')
    COMMENT 'JSON: rows of smaller groups that are judged with this one';

ALTER TABLE discovery ADD COLUMN taxonomy_version INT UNSIGNED NOT NULL DEFAULT 0
    COMMENT 'under which its themes are judged';

ALTER TABLE feedback_embedding ADD COLUMN used_time DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
    COMMENT 'when a discovery last used it, to the week';

ALTER TABLE feedback_embedding ADD KEY embedding_by_use (used_time);
