-- Discovery's stored steps, so that a crash resumes, and what people decide about categories.

CREATE TABLE IF NOT EXISTS discovery (
    execution_id   VARCHAR(80)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    pool           INT UNSIGNED NOT NULL COMMENT 'unknown rows that were grouped',
    left_out       INT UNSIGNED NOT NULL COMMENT 'unknown rows beyond what one discovery takes',
    merges         JSON         NULL COMMENT 'the answer that merged the names; null: not asked yet',
    created_time   DATETIME(3)  NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS discovery_theme (
    execution_id   VARCHAR(80)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    number         INT UNSIGNED NOT NULL COMMENT 'largest first, from 1',
    row_ids        MEDIUMTEXT   NOT NULL COMMENT 'JSON: the group''s rows',
    shown_ids      TEXT         NOT NULL COMMENT 'JSON: those of them that the model reads',
    category_ids   TEXT         NOT NULL COMMENT 'JSON: the existing categories nearest to the group',
    verdict        JSON         NULL COMMENT 'null: not judged yet',
    PRIMARY KEY (execution_id, number)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS category_row (
    category_id    BIGINT UNSIGNED NOT NULL,
    feedback_id    BIGINT UNSIGNED NOT NULL COMMENT 'a row that waits for the approval of a proposed category',
    PRIMARY KEY (category_id, feedback_id),
    KEY category_row_by_feedback (feedback_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
