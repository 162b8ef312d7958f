-- Uploads of people's changes that were dealt with, so that an event delivered twice changes and says nothing.

CREATE TABLE IF NOT EXISTS curated_upload (
    upload_hash   BINARY(32)   NOT NULL PRIMARY KEY COMMENT 'SHA-256 of bucket, key and version or sequencer',
    curated_time  DATETIME(3)  NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    KEY curated_upload_by_time (curated_time)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
