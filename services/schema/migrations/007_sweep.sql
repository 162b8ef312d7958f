-- When the model was last said to answer again: what was parked for it before then may go on.

CREATE TABLE IF NOT EXISTS model_return (
    model_id      VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    available_at  DATETIME(3)  NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
