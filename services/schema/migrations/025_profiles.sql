-- What is done with a kind of input, as people declare it; and what the model answers besides one label.

CREATE TABLE IF NOT EXISTS profile (
    profile       VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version       INT UNSIGNED NOT NULL,
    document      JSON         NOT NULL,
    shipped       TINYINT      NOT NULL COMMENT '1: it came with the code, and newer code replaces it',
    created_time  DATETIME(3)  NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    PRIMARY KEY (profile, version)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

ALTER TABLE taxonomy ADD COLUMN profile_version INT UNSIGNED NOT NULL DEFAULT 0
    COMMENT 'of table profile; 0: none is stored';

ALTER TABLE customer_feedback ADD COLUMN profile_version INT UNSIGNED NULL
    COMMENT 'the version of its profile under which it was labelled';

ALTER TABLE customer_feedback ADD COLUMN segments JSON NULL COMMENT 'the customer''s own columns, by their names';

ALTER TABLE customer_feedback ADD COLUMN attribute_sources JSON NULL
    COMMENT 'by attribute, where its value was found: json-ld, text, model and others';

CREATE TABLE IF NOT EXISTS feedback_aspect (
    feedback_id  BIGINT UNSIGNED NOT NULL,
    position     TINYINT UNSIGNED NOT NULL COMMENT '1: the main topic, whose label is label_llm',
    category     VARCHAR(200)  NOT NULL COMMENT 'its name when the model answered, or unknown',
    category_id  BIGINT UNSIGNED NULL COMMENT 'by which it is found when it is renamed or merged; null: unknown',
    sentiment    VARCHAR(20)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    evidence     VARCHAR(1000) NULL COMMENT 'words of the feedback',
    PRIMARY KEY (feedback_id, position),
    KEY aspect_by_category (category_id, feedback_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

ALTER TABLE customer_feedback_category ADD COLUMN merged_into BIGINT UNSIGNED NULL
    COMMENT 'the category that took its rows';

-- Each topic of each labelled row under its category's name of today. The main one has the row's final label, with
-- whatever people or discovery changed; a further one that is the same as it counts once.
CREATE OR REPLACE VIEW feedback_mentions AS
SELECT f.id AS feedback_id, f.record_id, f.execution_id, f.profile, f.ref_id, f.product_name, f.store, f.create_date,
    1 AS position, COALESCE(f.label_final, 'unknown') AS category, f.sentiment, a.evidence
FROM customer_feedback f LEFT JOIN feedback_aspect a ON a.feedback_id = f.id AND a.position = 1
WHERE f.status IN ('labelled', 'unknown')
UNION ALL
SELECT f.id, f.record_id, f.execution_id, f.profile, f.ref_id, f.product_name, f.store, f.create_date,
    a.position, COALESCE(m2.name, m.name, c.name, 'unknown'), a.sentiment, a.evidence
FROM customer_feedback f JOIN feedback_aspect a ON a.feedback_id = f.id AND a.position > 1
LEFT JOIN customer_feedback_category c ON c.id = a.category_id
LEFT JOIN customer_feedback_category m ON m.id = c.merged_into
LEFT JOIN customer_feedback_category m2 ON m2.id = m.merged_into
WHERE f.status IN ('labelled', 'unknown')
    AND (a.category_id IS NULL OR COALESCE(m2.status, m.status, c.status) = 'active')
    AND COALESCE(m2.name, m.name, c.name, 'unknown') <> COALESCE(f.label_final, 'unknown');
