-- What people were told already, so that they hear it once.

CREATE TABLE IF NOT EXISTS sent_notice (
    message_id  VARCHAR(100)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY COMMENT 'of SQS',
    sent_time   DATETIME(3)   NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    KEY sent_notice_by_time (sent_time)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS model_health (
    model_id           VARCHAR(200)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    health             VARCHAR(20)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                       COMMENT 'available, unavailable or needs_person: what people were told last',
    last_updated_time  DATETIME(3)   NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
