-- What classify remembers between its workers: outages it told of, budgets it told of, records under suspicion.

CREATE TABLE IF NOT EXISTS model_outage (
    model_id      VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    needs_person  BOOLEAN      NOT NULL,
    announced_at  DATETIME(3)  NOT NULL,
    PRIMARY KEY (model_id, needs_person)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS budget_notice (
    execution_id  VARCHAR(80)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    budget        VARCHAR(10)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'execution or month',
    limit_usd     DECIMAL(14,6) NOT NULL COMMENT 'a raised limit that is reached is told of again',
    created_time  DATETIME(3)   NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    PRIMARY KEY (execution_id, budget, limit_usd)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS suspect_record (
    record_id     VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY
                  COMMENT 'being handled alone; a row that outlives its handling crashed the function',
    created_time  DATETIME(3)  NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
