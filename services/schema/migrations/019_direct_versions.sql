-- A producer's id that comes again with another text is a new version, numbered when it first comes.

CREATE TABLE IF NOT EXISTS direct_version (
    identity    VARCHAR(130)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
                COMMENT 'of profile, source and the producer''s id',
    version     INT UNSIGNED  NOT NULL,
    text_key    BINARY(32)    NOT NULL COMMENT 'SHA-256 of the normalised text',
    times       INT UNSIGNED  NOT NULL DEFAULT 1 COMMENT 'of version 1: how often the identity came',
    first_time  DATETIME(3)   NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    PRIMARY KEY (identity, version)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
