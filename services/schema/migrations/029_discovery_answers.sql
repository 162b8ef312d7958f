-- Discovery looks at all rows: those with a label that are in a new theme are asked again.

CREATE TABLE IF NOT EXISTS discovery_answer (
    execution_id   VARCHAR(80)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    row_id         BIGINT UNSIGNED NOT NULL,
    label          VARCHAR(200) NULL COMMENT 'the new category that it got; null: it keeps its label',
    PRIMARY KEY (execution_id, row_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

ALTER TABLE customer_feedback ADD KEY feedback_by_theme (judged_theme);
