-- A record's team is told again when its category changes; a category keeps its team under another name; and reports
-- say by which version of its profile rows were labelled.

ALTER TABLE report_tally ADD COLUMN profile_version INT UNSIGNED NULL;

ALTER TABLE customer_feedback_category ADD COLUMN route VARCHAR(100) NULL
    COMMENT 'the team that its records go to, as its profile says; null: that of its parent';

UPDATE customer_feedback_category c
JOIN (
    SELECT t.profile, d.name COLLATE utf8mb4_unicode_ci AS name, d.route
    FROM taxonomy t JOIN profile p ON p.profile = t.profile AND p.version = t.profile_version
    JOIN JSON_TABLE(p.document, '$.categories[*]' COLUMNS (
        name VARCHAR(200) PATH '$.name', route VARCHAR(100) PATH '$.route'
    )) AS d
) AS listed ON listed.profile = c.profile AND listed.name = c.name
SET c.route = listed.route;

CREATE OR REPLACE VIEW category_team AS
SELECT c.profile, c.name AS category, COALESCE(c.route, parent.route) AS team
FROM customer_feedback_category c
LEFT JOIN customer_feedback_category parent ON parent.profile = c.profile AND parent.name = c.parent
WHERE COALESCE(c.route, parent.route) IS NOT NULL;

CREATE TABLE IF NOT EXISTS record_route (
    feedback_id  BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    revision     INT UNSIGNED NULL COMMENT 'of the event that was told last; null: none was',
    told         JSON NULL COMMENT 'what it said: category, team, sentiment, attributes',
    due          TINYINT NOT NULL DEFAULT 0 COMMENT '1: the row has changed since',
    KEY route_due (due, feedback_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
