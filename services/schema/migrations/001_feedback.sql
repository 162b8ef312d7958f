-- The tables of DESIGN: rows, executions, categories, outbox. MySQL 8.4 and MariaDB >= 10.6 alike.

CREATE TABLE IF NOT EXISTS execution (
    execution_id        VARCHAR(80)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    kind                VARCHAR(10)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'file or direct',
    profile             VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status              VARCHAR(20)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                        COMMENT 'receiving, classifying, classified, categorized, completed or failed',
    execution_key       CHAR(32)      CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                        COMMENT 'random; a message that names this execution must carry it',
    open_profile        VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NULL UNIQUE
                        COMMENT 'the profile while this is its open day of direct feedback, else null',
    source_bucket       VARCHAR(255)  NULL,
    source_key          VARCHAR(1024) NULL,
    source_version      VARCHAR(1024) NULL,
    source_etag         VARCHAR(255)  NULL,
    source_bytes        BIGINT UNSIGNED NULL,
    ingest_slice        INT UNSIGNED  NOT NULL DEFAULT 0,
    checkpoint          JSON          NULL,
    rows_read           BIGINT UNSIGNED NOT NULL DEFAULT 0,
    accepted            BIGINT UNSIGNED NOT NULL DEFAULT 0,
    rejected            BIGINT UNSIGNED NOT NULL DEFAULT 0,
    labelled            BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `unknown`           BIGINT UNSIGNED NOT NULL DEFAULT 0,
    failed              BIGINT UNSIGNED NOT NULL DEFAULT 0,
    parked              BIGINT UNSIGNED NOT NULL DEFAULT 0,
    calls               BIGINT UNSIGNED NOT NULL DEFAULT 0,
    input_tokens        BIGINT UNSIGNED NOT NULL DEFAULT 0,
    output_tokens       BIGINT UNSIGNED NOT NULL DEFAULT 0,
    cache_read_tokens   BIGINT UNSIGNED NOT NULL DEFAULT 0,
    cache_write_tokens  BIGINT UNSIGNED NOT NULL DEFAULT 0,
    estimated_cost      DECIMAL(14,6) NOT NULL DEFAULT 0 COMMENT 'US dollars',
    discovery           VARCHAR(20)   CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'done or failed',
    discovered          INT UNSIGNED  NOT NULL DEFAULT 0 COMMENT 'new categories found',
    failure_reason      VARCHAR(1000) NULL,
    task_token          TEXT          NULL COMMENT 'of the tracker that waits for this execution',
    revision            INT UNSIGNED  NOT NULL DEFAULT 0 COMMENT 'grows with every change after completion',
    started_at          DATETIME(3)   NOT NULL,
    ingested_at         DATETIME(3)   NULL,
    classified_at       DATETIME(3)   NULL,
    categorized_at      DATETIME(3)   NULL,
    completed_at        DATETIME(3)   NULL,
    notified_revision   INT           NULL COMMENT 'the last revision that people were told of',
    stalled_at          DATETIME(3)   NULL COMMENT 'when the sweeper last said that this stands still',
    last_progress_at    DATETIME(3)   NOT NULL,
    KEY execution_by_status (status, last_progress_at),
    KEY execution_by_start (started_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS customer_feedback (
    id                    BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    record_id             VARCHAR(200)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL UNIQUE,
    execution_id          VARCHAR(80)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    `row_number`          BIGINT UNSIGNED NULL,
    profile               VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    product_name          VARCHAR(500)  NULL,
    store                 VARCHAR(500)  NULL,
    ref_id                VARCHAR(200)  NULL COMMENT 'the customer''s own id of this feedback',
    stars                 DECIMAL(2,1)  NULL,
    title                 VARCHAR(1000) NULL,
    feedback              MEDIUMTEXT    NOT NULL,
    create_date           DATETIME      NULL COMMENT 'when the customer said it',
    label_llm             VARCHAR(200)  NULL COMMENT 'a category''s name, or unknown',
    label_post_processing VARCHAR(200)  NULL,
    label_correction      VARCHAR(200)  NULL,
    label_final           VARCHAR(200)  GENERATED ALWAYS AS
                          (COALESCE(label_correction, label_post_processing, label_llm)) STORED,
    status                VARCHAR(20)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                          COMMENT 'labelled, unknown, failed or parked',
    failure_reason        VARCHAR(1000) NULL,
    parked_cause          VARCHAR(20)   CHARACTER SET ascii COLLATE ascii_bin NULL
                          COMMENT 'budget, model or replay while parked',
    sentiment             VARCHAR(20)   CHARACTER SET ascii COLLATE ascii_bin NULL,
    attributes            JSON          NULL,
    text_key              BINARY(32)    NOT NULL COMMENT 'SHA-256 of the normalised text',
    model_id              VARCHAR(200)  CHARACTER SET ascii COLLATE ascii_bin NULL,
    prompt_version        VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NULL,
    taxonomy_version      INT UNSIGNED  NULL,
    corrections_version   INT UNSIGNED  NULL,
    created_time          DATETIME(3)   NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    last_updated_time     DATETIME(3)   NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
    KEY feedback_by_execution (execution_id, status, id),
    KEY feedback_by_row (execution_id, `row_number`),
    KEY feedback_by_status (profile, status, id),
    KEY feedback_by_text (text_key, taxonomy_version),
    KEY feedback_by_label (profile, label_final)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS rejected_row (
    execution_id  VARCHAR(80)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    position      VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                  COMMENT 'the row''s number, or the SHA-256 of a message''s body',
    reason        VARCHAR(1000) NOT NULL,
    raw           MEDIUMTEXT    NOT NULL,
    created_time  DATETIME(3)   NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    PRIMARY KEY (execution_id, position)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS customer_feedback_category (
    id                BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    profile           VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name              VARCHAR(200)  NOT NULL,
    description       VARCHAR(1000) NOT NULL,
    status            VARCHAR(20)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                      COMMENT 'active, proposed or retired',
    origin            VARCHAR(20)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                      COMMENT 'default, discovered or manual',
    execution_id      VARCHAR(80)   CHARACTER SET ascii COLLATE ascii_bin NULL
                      COMMENT 'the execution that found it',
    examples          JSON          NULL COMMENT 'record ids that carry it',
    created_time      DATETIME(3)   NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    last_updated_time DATETIME(3)   NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
    UNIQUE KEY category_by_name (profile, name)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS taxonomy (
    profile             VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    taxonomy_version    INT UNSIGNED NOT NULL DEFAULT 1,
    corrections_version INT UNSIGNED NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS feedback_embedding (
    text_key  BINARY(32)   NOT NULL,
    model_id  VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    vector    BLOB         NOT NULL COMMENT 'little-endian float32',
    PRIMARY KEY (text_key, model_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS outbox (
    id            BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    destination   VARCHAR(20)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'bus, ingest or notify',
    event_type    VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    execution_id  VARCHAR(80)   CHARACTER SET ascii COLLATE ascii_bin NULL,
    payload       MEDIUMTEXT    NOT NULL COMMENT 'JSON',
    created_at    DATETIME(3)   NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    published_at  DATETIME(3)   NULL,
    KEY outbox_unpublished (published_at, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS report_link (
    token_hash    BINARY(32)   NOT NULL PRIMARY KEY COMMENT 'SHA-256 of the token; the token itself is only in the mail',
    execution_id  VARCHAR(80)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    expires_at    DATETIME(3)  NOT NULL,
    KEY report_link_by_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
