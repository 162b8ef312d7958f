-- The cascade: texts that the model labelled under one taxonomy, and how often their votes are its answer.

CREATE TABLE IF NOT EXISTS cascade_topic (
    id            BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    profile       VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    versions      BINARY(32)  NOT NULL COMMENT 'SHA-256 of what answers depend on: taxonomy, prompt, models',
    agreement     TEXT        NOT NULL COMMENT 'JSON: what audits have shown so far',
    created_time  DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    UNIQUE KEY cascade_topic_by_versions (profile, versions)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS labelled_text (
    id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    topic_id    BIGINT UNSIGNED NOT NULL,
    generation  INT UNSIGNED    NOT NULL COMMENT 'of the agreement: texts of an earlier one count no more',
    text_key    BINARY(32)      NOT NULL,
    answer      TEXT            NOT NULL COMMENT 'JSON: label, sentiment, topics and attributes',
    UNIQUE KEY labelled_text_once (topic_id, generation, text_key)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- Who labelled the rows of each execution: a model, or `neighbours`.
CREATE OR REPLACE VIEW rows_by_model AS
SELECT execution_id, profile, model_id, COUNT(*) AS feedbacks
FROM customer_feedback
WHERE status IN ('labelled', 'unknown') AND model_id IS NOT NULL
GROUP BY execution_id, profile, model_id;
