-- What people decide about categories, with every row as it was before and after, so that it can be undone.

CREATE TABLE IF NOT EXISTS curation (
    id             BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    profile        VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    action         VARCHAR(20)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                   COMMENT 'approve, reject, rename, merge, retire',
    category_id    BIGINT UNSIGNED NOT NULL,
    before_state   JSON         NOT NULL COMMENT 'the category''s name, description and status',
    after_state    JSON         NOT NULL,
    created_time   DATETIME(3)  NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    undone_time    DATETIME(3)  NULL,
    KEY curation_by_profile (profile, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS curation_row (
    curation_id       BIGINT UNSIGNED NOT NULL,
    feedback_id       BIGINT UNSIGNED NOT NULL,
    before_label      VARCHAR(200) NULL COMMENT 'label_post_processing',
    before_correction VARCHAR(200) NULL COMMENT 'label_correction',
    before_status     VARCHAR(20)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    after_label       VARCHAR(200) NULL,
    after_correction  VARCHAR(200) NULL,
    after_status      VARCHAR(20)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (curation_id, feedback_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
