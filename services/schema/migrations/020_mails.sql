-- Every mail by its key, so that it goes out once, and the hour's number of them, so that it stays bounded.

CREATE TABLE IF NOT EXISTS mail (
    id            BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    mail_key      VARCHAR(200)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
    audience      VARCHAR(20)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'readers or operators',
    status        VARCHAR(20)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                  COMMENT 'sending, held (for the next digest), gathered (in a digest), or sent',
    digest        VARCHAR(200)  CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'the key of the digest it is in',
    subject       VARCHAR(300)  NULL,
    body          MEDIUMTEXT    NULL COMMENT 'of a mail that is held and has no link that leads to all of it',
    link          VARCHAR(2100) NULL COMMENT 'to its report',
    counted_time  DATETIME(3)   NULL COMMENT 'when it took one of its hour''s places',
    created_time  DATETIME(3)   NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    KEY mail_by_status (status, audience, id),
    KEY mail_by_place (audience, counted_time),
    KEY mail_by_digest (digest),
    KEY mail_by_time (created_time)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS mail_audience (
    audience  VARCHAR(20)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY COMMENT 'a lock'
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

INSERT INTO mail (mail_key, audience, status, created_time)
    SELECT message_id, 'operators', 'sent', sent_time FROM sent_notice
    ON DUPLICATE KEY UPDATE mail_key = mail.mail_key;
